"""Sample pages for the tests of the design system."""

from django.contrib import messages
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

from banqup.common.htmx import back, notify
from banqup.common.views import sample_context

LIST = """{% extends "shell.html" %}{% load i18n ui %}
{% block heading %}Sample list{% endblock %}
{% block tabs %}{% include "components/_tabs.html" %}{% endblock %}
{% block content_class %}content--flush{% endblock %}
{% block content %}
<div class="toolbar">
  <a class="button" href="/dialog/" data-dialog id="open">Open the dialog</a>
  {% menu menu_actions label="More of the list" %}
  <button class="button" data-key="a" type="button" id="approve">Approve</button>
</div>
<form method="post" id="list">{% csrf_token %}
<table class="table table--list"><caption class="visually-hidden">Sample</caption>
<thead><tr>
  <th class="cell-check">{% include "components/_select_all.html" %}</th><th>Supplier</th><th class="num">Total</th>
</tr></thead>
<tbody>{% for n in "abcd" %}<tr data-row id="row-{{ n }}">
  <td class="cell-check"><input type="checkbox" name="ids" value="{{ n }}" data-select data-amount="10.05"
    {% if n != "c" %}data-can="approve"{% endif %} aria-label="Select {{ n }}"></td>
  <td class="cell-name"><a href="/opened/{{ n }}/">Supplier {{ n }}</a></td>
  <td class="num amount cell-amount">10.05</td>
</tr>{% endfor %}</tbody></table>
{% include "components/_selection_bar.html" with actions=bulk currency="EUR" %}</form>
{% endblock %}"""
DIALOG = """{% load ui %}{% include "components/_dialog_head.html" with title="A choice" cancel_url="/" %}
<form class="dialog__body" method="post" action="/act/">{% csrf_token %}
  <label for="why">Why</label><input class="input" id="why"><button class="button button--primary">Go</button>
</form>"""
PAGE = (
    '{% extends "simple.html" %}{% block title %}Opened{% endblock %}{% block content %}<h1>Opened</h1>{% endblock %}'
)
UPLOAD = """{% extends "shell.html" %}{% block heading %}Files{% endblock %}
{% block content %}{% include "components/_upload.html" with action="/received/" hint="PDF" %}{% endblock %}"""


def shell(request):
    items = [
        {"label": "Home", "url": "/", "icon": "home", "count": None, "current": True, "key": "h"},
        {"label": "Purchase invoices", "url": "/opened/p/", "icon": "arrow-down-tray", "count": 23, "key": "p"},
    ]
    spaces = [
        {"name": "Bakkerij Janssens BV", "initials": "BJ", "role_label": "Administrator", "url": "/", "current": True},
        {
            "name": "Janssens Vastgoed BV",
            "initials": "JV",
            "role_label": "Read-only",
            "url": "/opened/2/",
            "shortcut": "G 2",
        },
    ]
    return {
        "space": {"name": "Bakkerij Janssens BV", "initials": "BJ", "kind_label": "Business space", "url": "/"},
        "spaces": [{"label": "Business spaces", "items": spaces}],
        "nav": [{"label": "", "items": items[:1]}, {"label": "Documents", "items": items[1:]}],
        "search_url": "/opened/search/",
        "settings_url": "/opened/settings/",
        "settings_label": "Space settings",
        "phone_nav": [*items, {"label": "More", "url": "#sidebar", "icon": "bars-3", "current": False}],
        "user": {"name": "An Janssens", "initials": "AJ"},
    }


def page(source):
    def view(request, **_kwargs):
        bulk = {"name": "approve", "label": "Approve chosen", "form": "list", "count_for": "approve"}
        context = sample_context() | {"shell": shell(request), "bulk": [bulk]}
        return HttpResponse(engines["django"].from_string(source).render(context, request))

    return view


def act(request):
    return back(request, "/", "Approved.", undo_url="/act/", undo_label="Withdraw")


def warn(request):
    notify(request, "Not done.", messages.WARNING)
    return page(LIST)(request)


def received(request):
    item = '{% include "components/_upload_item.html" with name=name text="Being read." tone="green" %}'
    name = request.FILES["files"].name
    return HttpResponse(engines["django"].from_string(item).render({"name": name}, request))


def broken(request):
    return HttpResponse("broken", status=500)


urlpatterns = [
    path("", page(LIST)),
    path("dialog/", page(DIALOG)),
    path("opened/<slug:what>/", page(PAGE)),
    path("upload/", page(UPLOAD)),
    path("received/", received),
    path("act/", act),
    path("warn/", warn),
    path("broken/", broken),
    path("account/", include("allauth.urls")),
]
