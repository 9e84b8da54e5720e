"""The set-up pages of extensions, the same for a business and for its accountant.

A space makes a `Place` for each request (whose integrations, who may change them, which addresses
and which frame) and hands it to the page functions. `PAGES` lists them with their addresses, so the
views of a space are a few lines:

    def _view(page):
        @in_space                                   # the space's own decorator: who, and 404 for strangers
        def view(request, client_id, **kwargs):
            return page(request, _place(request, client_id), **kwargs)
        return view

    def _place(request, client_id):
        engagement = get_object_or_404(Engagement, partner=request.space, business_id=client_id, status="active")
        return pages.Place(
            space=engagement.business,
            engagement=engagement,                  # None: the business's own
            url=lambda name, *args: reverse(f"partner:client_{name}", args=[request.space.slug, client_id, *args]),
            document_url=lambda invoice: reverse("partner:document_detail", args=[request.space.slug, invoice.pk]),
            base="partner_space/clients/base.html", # extends shell.html, leaves its blocks content and aside free
            refusal="",                             # or why this person may not change anything here
            resend_refusal="",                      # or why this person may send no document
            resend_refusal_of=lambda invoice: "",   # or why not this one
            documents_refusal="",                   # or why this person may not even see them
            title=_("Integrations"),
            context={"client": engagement.business},  # after_cards: a template shown below the list of cards
        )

    urlpatterns = [
        path(f"clients/<int:client_id>/integrations/{route}", _view(page), name=f"client_{name}")
        for route, name, page in pages.PAGES
    ]

Names asked of `url`: extensions, extension_add (connector key), extension, extension_test,
extension_rename, extension_connect, extension_lists, extension_booking, extension_dry_run, extension_activate,
extension_deactivate, extension_missed (pk each), export_resend (pk, export pk).
"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from banqup.actions import exports
from banqup.actions.refusals import Refused
from banqup.common.htmx import back, render_part
from banqup.exports.models import CLAIMABLE, Export

from . import booking_pages, connecting, lists, page_log, page_parts, registry, setup, shown_once
from .page_parts import NameForm
from .place import Place
from .setup import SetupRefused

__all__ = ["PAGES", "Place"]


def list_page(request, place: Place):
    """Cards: In use, Available; one repair each."""
    context = {"page_title": place.title or _("Extensions"), **page_parts.overview(place)}
    return _render(request, place, "list", context)


@never_cache
def add_page(request, place: Place, connector: str):
    """The first step: configure a new one. GET shows the form, POST keeps it and opens its page."""
    try:
        known = registry.get(connector)
    except registry.UnknownConnector as error:
        raise Http404 from error
    place.require()
    data = request.POST if request.method == "POST" else None
    form, name = known.config_form(data), NameForm(data, initial={"name": known.label}, prefix="integration")
    if data is not None and form.is_valid() and name.is_valid():
        try:
            with transaction.atomic():
                integration = setup.add(
                    space=place.space,
                    engagement=place.engagement,
                    connector=connector,
                    name=name.cleaned_data["name"],
                    by=request.user,
                )
                generated = setup.configure(integration=integration, cleaned=form.cleaned_data, by=request.user)
        except SetupRefused as error:
            form.add_error(None, error.message)
        else:
            return _kept(request, place, integration, generated)
    context = {
        "page_title": _("Set up %s") % known.label,
        "connector": page_parts.about(known),
        "form": form,
        "name_form": name,
        "steps": page_parts.steps(None, connector=known),
        "close_url": place.url("extensions"),
        **page_parts.overview(place),
    }
    return _render(request, place, "add", context, status=422 if data is not None else 200)


def _kept(request, place, integration, generated):
    if generated:
        shown_once.keep(request, str(integration.identity), generated)
    words = _("%s is configured. Test it now: nothing is sent before the test has passed.") % integration.name
    return back(request, place.url("extension", integration.pk), words)


@never_cache
def open_page(request, place: Place, pk: int):
    """Configuration, test, activation and the log of one integration; POST keeps the configuration."""
    integration = place.find(pk)
    form = _form(integration, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        place.require()
        if form is None:
            return back(request, request.path, _("This connector is not installed any more."), messages.ERROR)
        if form.is_valid():
            try:
                generated = setup.configure(integration=integration, cleaned=form.cleaned_data, by=request.user)
            except SetupRefused as error:
                form.add_error(None, error.message)
            else:
                return _kept(request, place, integration, generated)
    consent = page_parts.consent(place, integration)
    context = {
        "page_title": integration.name,
        "integration": integration,
        "card": page_parts.card(place, integration),
        "form": form,
        "fields": page_parts.fields(integration, form, replacing=request.GET.getlist("replace")),
        "generated": shown_once.take(request, str(integration.identity)) if request.method == "GET" else {},
        "steps": page_parts.steps(integration, consent=consent),
        "log": None if place.documents_refusal else page_log.log(place, integration, request.GET.get("show", "")),
        "close_url": place.url("extensions"),
        "deactivate": page_parts.deactivate_action(place, integration),
        "consent": consent,
        "rename": page_parts.rename_action(place, integration),
        "tools": booking_pages.tools(place, integration),
        **page_parts.overview(place, current=integration.pk),
    }
    return _render(request, place, "open", context, status=422 if form is not None and form.errors else 200)


def _form(integration, data):
    try:
        return setup.form(integration, data)
    except SetupRefused:
        return None


def _render(request, place, name, context, status=200, part=None):
    context = {"place": place, **place.context, **context}
    return render_part(request, f"integrations/{name}.html", context, part, status=status)


def _verb(request, place, integration, verb):
    """Run one verb of `setup`; a refusal becomes words in the page. Returns (worked, result)."""
    place.require()
    try:
        return True, verb(integration=integration, by=request.user)
    except SetupRefused as error:
        messages.error(request, error.message)
        return False, None


@require_POST
def test(request, place: Place, pk: int):
    """Try the real destination and keep what each step said."""
    integration = place.find(pk)
    worked, steps = _verb(request, place, integration, setup.test)
    url = place.url("extension", pk) + "#test"
    if not worked:
        return back(request, url)
    if all(step.ok for step in steps):
        words = _("The test of %s has passed.") % integration.name
        trouble = lists.refresh(integration=integration, by=request.user)
        return back(request, url, f"{words} {trouble}".strip(), messages.WARNING if trouble else messages.SUCCESS)
    failed = next(step for step in steps if not step.ok)
    return back(
        request,
        url,
        _("The test of %(name)s has not passed: %(why)s") % {"name": integration.name, "why": failed.message},
        messages.WARNING,
    )


test.__test__ = False  # the page's name is the product's, not a test case


def rename_page(request, place: Place, pk: int):
    """GET asks for the new name, POST keeps it."""
    integration = place.find(pk)
    place.require()
    url = place.url("extension", pk)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": integration.name})
    if form.is_bound and form.is_valid():
        try:
            renamed = setup.rename(integration=integration, name=form.cleaned_data["name"], by=request.user)
        except SetupRefused as error:
            form.add_error("name", error.message)
        else:
            return back(request, url, _("It is called %s now.") % renamed.name)
    context = {"page_title": _("Rename %s") % integration.name, "form": form, "cancel_url": url}
    return _render(request, place, "rename", context, status=422 if form.errors else 200, part="dialog")


@require_POST
def activate(request, place: Place, pk: int):
    """Only after a passed test."""
    integration = place.find(pk)
    url = place.url("extension", pk)
    worked, integration = _verb(request, place, integration, setup.activate)
    if not worked:
        return back(request, url)
    words = _("%s is active. Every document that is approved from now on goes there.")
    return back(request, url, words % integration.name)


def deactivate_page(request, place: Place, pk: int):
    """GET says what will happen, POST does it."""
    integration = place.find(pk)
    place.require()
    url = place.url("extension", pk)
    if request.method == "POST":
        worked, cancelled = _verb(request, place, integration, setup.deactivate)
        if not worked:
            return back(request, url)
        words = _("%s is switched off. What it already has stays there.") % integration.name
        if cancelled:
            words += (
                " "
                + ngettext("%d waiting document was cancelled.", "%d waiting documents were cancelled.", cancelled)
                % cancelled
            )
        return back(request, url, words)
    context = {
        "page_title": _("Switch off %s?") % integration.name,
        "integration": integration,
        "waiting": Export.objects.filter(integration=integration, state__in=CLAIMABLE).count(),
        "cancel_url": url,
    }
    return _render(request, place, "deactivate", context, part="dialog")


def missed_page(request, place: Place, pk: int):
    """Documents approved before it was activated: GET lists them, POST sends the chosen ones."""
    integration = place.find(pk)
    place.require_documents()
    count, documents = page_parts.missed(integration)
    if request.method == "POST":
        chosen = [int(value) for value in request.POST.getlist("document") if value.isdigit()]
        return _send(request, place, integration, documents.filter(pk__in=chosen).select_related("space"))
    context = {
        "page_title": _("Approved before %s was activated") % integration.name,
        "integration": integration,
        "count": count,
        "cancel_url": place.url("extension", pk),
        "send": page_parts.send_action(place, integration),
        "documents": page_parts.with_urls(place, documents.select_related("space")[: page_parts.SHOWN_AT_MOST]),
    }
    return _render(request, place, "missed", context)


def _send(request, place, integration, documents):
    place.require_documents()
    if place.resend_refusal:
        raise PermissionDenied(place.resend_refusal)
    sent, refused = 0, []
    for invoice in documents:
        try:
            exports.resend(invoice=invoice, integrations=[integration.pk], by=request.user)
        except Refused as error:
            refused.append(f"{invoice.title}: {error}")
        else:
            sent += 1
    url = place.url("extension", integration.pk)
    if not sent and not refused:
        return back(
            request, place.url("extension_missed", integration.pk), _("Choose at least one document."), messages.WARNING
        )
    words = ngettext("%(n)d document is being sent to %(name)s.", "%(n)d documents are being sent to %(name)s.", sent)
    words = " ".join([words % {"n": sent, "name": integration.name}, *refused[:3]])
    return back(request, url, words, messages.WARNING if refused else messages.SUCCESS)


@require_POST
def resend(request, place: Place, pk: int, export: int):
    """Send the document of one export again."""
    integration = place.find(pk)
    row = get_object_or_404(Export.objects.select_related("invoice__space"), pk=export, integration=integration)
    if refusal := place.resend_refusal_of(row.invoice):
        raise PermissionDenied(refusal)
    return _send(request, place, integration, [row.invoice])


# (address below the list, name, page)
PAGES = (
    ("", "extensions", list_page),
    ("add/<slug:connector>/", "extension_add", add_page),
    ("<int:pk>/", "extension", open_page),
    ("<int:pk>/test/", "extension_test", test),
    ("<int:pk>/rename/", "extension_rename", rename_page),
    ("<int:pk>/connect/", "extension_connect", connecting.connect),
    ("<int:pk>/lists/", "extension_lists", booking_pages.fetch_lists),
    ("<int:pk>/booking/", "extension_booking", booking_pages.booking_page),
    ("<int:pk>/dry-run/", "extension_dry_run", booking_pages.dry_run_page),
    ("<int:pk>/activate/", "extension_activate", activate),
    ("<int:pk>/deactivate/", "extension_deactivate", deactivate_page),
    ("<int:pk>/missed/", "extension_missed", missed_page),
    ("<int:pk>/exports/<int:export>/resend/", "export_resend", resend),
)
