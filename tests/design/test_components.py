"""Components as HTML: what they must always say, in every state."""

import re

import pytest
from django import forms
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import Http404
from django.template import Context, Template
from django.template.loader import get_template
from django.test import RequestFactory

from banqup.common import htmx
from banqup.common.views import design_sheet, sample_context

from .test_static import PAGES, TEMPLATES


def render(source, **context):
    return Template("{% load format i18n statuses ui %}" + source).render(Context({"csrf_token": "token", **context}))


def asked(path="/", **headers):
    request = RequestFactory().get(path, headers=headers)
    request._messages = CookieStorage(request)
    request.user = None
    return request


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_template_parses(path):
    get_template(str(path.relative_to(TEMPLATES)))


class TestAction:
    def test_post_is_a_form_with_its_hidden_inputs(self):
        html = render(
            "{% action_button a %}",
            a={"name": "approve", "label": "Approve", "url": "/x/", "key": "a", "fields": {"version": 3}},
        )
        assert '<form class="action" method="post" action="/x/"' in html
        assert 'name="csrfmiddlewaretoken" value="token"' in html
        assert '<input type="hidden" name="version" value="3">' in html
        assert 'data-key="a"' in html

    def test_get_is_a_link(self):
        html = render("{% action_button a %}", a={"label": "Resend", "url": "/x/", "method": "get", "dialog": True})
        assert 'href="/x/" data-dialog' in html
        assert "<form" not in html

    @pytest.mark.parametrize("tag", ["action_button", "menu_item"])
    def test_off_stays_focusable_and_says_why(self, tag):
        html = render(
            "{% " + tag + " a %}",
            a={"name": "approve", "label": "Approve", "enabled": False, "reason": "fix 1 finding first", "key": "a"},
        )
        described = re.search(r'aria-describedby="([^"]+)"', html)[1]
        assert 'aria-disabled="true"' in html
        assert " disabled" not in html.replace("aria-disabled", "")
        assert f'id="{described}"' in html
        assert "fix 1 finding first" in html
        assert "data-key" not in html

    def test_menu_keeps_what_is_off(self):
        html = render("{% menu actions %}", actions=sample_context()["menu_actions"])
        assert "<details" in html
        assert "Not possible: Exact Online already has it" in html
        assert html.count("<hr>") == 1


class TestField:
    class Form(forms.Form):
        due = forms.CharField(label="Due date", help_text="17/11 or 17-11-26")
        ok = forms.BooleanField(label="Credit notes", required=False)
        why = forms.ChoiceField(label="Reason", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
        secret = forms.CharField(widget=forms.HiddenInput, required=False)

        def clean(self):
            raise forms.ValidationError("Both cannot be.")

    def test_label_number_hint_and_error(self):
        form = self.Form({})
        html = render('{% field form.due bt="BT-9" %}', form=form)
        assert '<label for="id_due">Due date' in html
        assert "BT-9" in html
        assert 'aria-invalid="true"' in html
        described = re.search(r'aria-describedby="([^"]+)"', html)[1].split()
        assert all(f'id="{one}"' in html for one in described)
        assert len(described) == 2
        assert html.count("aria-describedby") == 1

    def test_finding_with_its_fix(self):
        found = [{"severity": "warning", "text": "New account.", "fix": {"label": "Ask", "url": "/ask/"}}]
        fix = [
            {"severity": "error", "text": "Too early.", "fix": {"label": "Use 13 Dec", "name": "fix", "value": "due"}}
        ]
        html = render("{% field f findings=found %}", f=self.Form()["due"], found=found)
        assert "field--warning" in html
        assert '<a class="link" href="/ask/">Ask</a>' in html
        html = render("{% field f findings=found %}", f=self.Form()["due"], found=fix)
        assert '<button class="link" type="submit" name="fix" value="due" formnovalidate>Use 13 Dec</button>' in html
        assert 'aria-invalid="true"' in html

    def test_checkbox_and_choices(self):
        assert '<label class="check" for="id_ok">' in render("{% field form.ok %}", form=self.Form())
        html = render("{% field form.why %}", form=self.Form())
        assert "<fieldset" in html
        assert "<legend" in html

    def test_summary_links_to_the_fields_once(self):
        html = render("{% error_summary form %}{% form_fields form %}", form=self.Form({}))
        assert '<a href="#id_due">This field is required.</a>' in html
        assert html.count("Both cannot be.") == 1
        assert 'role="alert"' in html
        assert 'name="secret"' in html

    def test_warnings_alone_do_not_stop(self):
        html = render(
            "{% error_summary findings=f %}", f=[{"severity": "warning", "text": "New account", "field_id": "x"}]
        )
        assert "1 warning." in html
        assert "It does not stop approval." in html
        assert "role=" not in html

    def test_nothing_without_problems(self):
        assert not render("{% error_summary form %}", form=self.Form()).strip()


class TestPart:
    @pytest.fixture
    def render_to_string(self, monkeypatch):
        calls = []

        def fake(name, context, request):
            calls.append(name)
            return name

        monkeypatch.setattr(htmx, "render_to_string", fake)
        return calls

    def test_whole_page(self, render_to_string):
        response = htmx.render_part(asked(), "page.html", {}, part="results")
        assert response.content == b"page.html"
        assert response["Vary"] == "HX-Request"

    def test_part_for_htmx(self, render_to_string):
        response = htmx.render_part(asked(**{"HX-Request": "true"}), "page.html", {}, part="results", status=422)
        assert response.content == b"page.html#results"
        assert response.status_code == 422
        assert response["Vary"] == "HX-Request"

    @pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
    def test_whole_page_when_the_body_is_replaced(self, render_to_string, header):
        response = htmx.render_part(asked(**{"HX-Request": "true", header: "true"}), "page.html", {}, part="results")
        assert response.content == b"page.html"

    def test_messages_ride_along(self, render_to_string):
        request = asked(**{"HX-Request": "true"})
        htmx.notify(request, "Approved.", undo_url="/undo/")
        htmx.render_part(request, "page.html", {}, part="results")
        assert render_to_string == ["page.html#results", "components/_undo_bars.html"]

    def test_back(self):
        response = htmx.back(asked(), "/list/", "Approved.")
        assert (response.status_code, response["Location"]) == (303, "/list/")
        response = htmx.back(asked(**{"HX-Request": "true"}), "/list/", "Approved.")
        assert (response.status_code, response["HX-Redirect"]) == (204, "/list/")

    def test_undo_bar_posts_to_the_inverse(self):
        request = asked()
        htmx.notify(request, "6 documents <marked>.", undo_url="/undo/7/", undo_label="Withdraw")
        html = render('{% include "components/_undo_bars.html" %}', messages=list(request._messages))
        assert '<form method="post" action="/undo/7/">' in html
        assert "Withdraw" in html
        assert "&lt;marked&gt;" in html
        assert 'data-key="z"' in html


def test_design_sheet_only_while_developing(settings):
    settings.DEBUG = True
    html = design_sheet(asked("/design/")).content.decode()
    assert html.count("<h1") == 1
    assert "Awaiting validation" in html
    settings.DEBUG = False
    with pytest.raises(Http404):
        design_sheet(asked("/design/"))


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_need_no_context(name):
    html = get_template(name).render({})
    assert html.count("<h1") == 1
    assert 'lang="en"' in html


def test_integration_tiles():
    assert (
        render("{{ a|initials }} {{ b|initials }} {{ c|initials }}", a="Google Drive", b="SFTP · archive", c="Yuki")
        == "GD SF Yu"
    )
