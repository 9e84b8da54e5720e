"""The set-up pages of connectors that book: the destination's lists, what is mapped, and a dry run."""

from django.contrib import messages
from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from banqup.common.htmx import back, render_part
from banqup.invoices.models import Invoice

from . import booking_form, delivery, lists, payload, registry, setup
from .base import DeliveryError
from .booking import CATEGORIES, Mapping, direction_of, plan
from .place import Place

# Documents to choose from for a dry run.
OFFERED = 20


def tools(place: Place, integration) -> dict | None:
    """What the page of one integration links to; None where nothing is chosen from the destination's lists."""
    try:
        connector = registry.get(integration.connector)
    except registry.UnknownConnector:
        return None
    if not connector.administration_field and not connector.can_book:
        return None
    pages = connector.can_book
    return {
        "fetched_at": lists.offered(integration).fetched_at,
        "fetch": fetch_action(place, integration),
        "booking_url": place.url("extension_booking", integration.pk) if pages else "",
        "dry_run_url": place.url("extension_dry_run", integration.pk) if pages and not place.documents_refusal else "",
    }


def fetch_action(place: Place, integration, to: str = "") -> dict:
    fetched = lists.offered(integration).fetched_at
    return {
        "name": "fetch-lists",
        "label": _("Fetch again") if fetched else _("Fetch the lists"),
        "icon": "arrow-path",
        "url": place.url("extension_lists", integration.pk),
        "fields": {"to": to},
        "enabled": not place.refusal,
        "reason": place.refusal,
    }


@require_POST
def fetch_lists(request, place: Place, pk: int):
    """Ask the destination for its lists now."""
    place.require()
    integration = place.find(pk)
    name = "extension_booking" if request.POST.get("to") == "booking" and lists.can_book(integration) else "extension"
    url = place.url(name, pk)
    try:
        found = lists.fetch(integration=integration, by=request.user)
    except setup.SetupRefused as error:
        return back(request, url, _("The lists could not be fetched: %s") % error.message, messages.ERROR)
    booking = found.booking
    told = {
        "administrations": len(found.administrations),
        "journals": len(booking.journals),
        "accounts": len(booking.accounts),
        "codes": len(booking.vat_codes),
    }
    if booking.journals:
        words = _("Fetched: %(journals)d journals, %(accounts)d accounts, %(codes)d VAT codes.")
    else:
        words = _("Fetched: %(administrations)d administrations. Choose one.")
    return back(request, url, words % told)


@never_cache
def booking_page(request, place: Place, pk: int):
    """Map journals, accounts and VAT codes; POST keeps what was chosen."""
    integration = _that_books(place, pk)
    data = request.POST if request.method == "POST" else None
    if data is not None:
        place.require()
    offered = lists.offered(integration)
    form = booking_form.BookingForm(
        data,
        lists=offered.booking,
        mapping=Mapping.of(integration.config),
        known=booking_form.seen(integration) if not place.documents_refusal else booking_form.Seen((), {}),
    )
    if form.is_bound and form.is_valid():
        try:
            lists.keep_mapping(integration=integration, mapping=form.mapping(), by=request.user)
        except setup.SetupRefused as error:
            form.add_error(None, error.message)
        else:
            return back(request, request.path, _("Kept. Look at a dry run before you rely on it."))
    context = {
        "page_title": _("Booking in %s") % integration.name,
        "integration": integration,
        "form": form,
        "offered": offered,
        "fetch": fetch_action(place, integration, to="booking"),
        "close_url": place.url("extension", pk),
        "dry_run_url": "" if place.documents_refusal else place.url("extension_dry_run", pk),
    }
    return _render(request, place, "booking", context, status=422 if form.is_bound else 200)


@require_safe
def dry_run_page(request, place: Place, pk: int):
    """One of the last approved documents as it would be booked; nothing is sent and nothing asked."""
    integration = _that_books(place, pk)
    place.require_documents()
    released = Invoice.objects.of_business(place.space).present().filter(released_at__isnull=False)
    latest = list(released.select_related("space").order_by("-released_at", "-pk")[:OFFERED])
    chosen = _chosen(request, latest)
    context = {
        "page_title": _("Dry run: %s") % integration.name,
        "integration": integration,
        "documents": latest,
        "chosen": chosen,
        "close_url": place.url("extension", pk),
        "booking_url": place.url("extension_booking", pk),
        "run": _run(integration, chosen) if chosen else None,
    }
    return _render(request, place, "dry_run", context)


def _chosen(request, latest) -> Invoice | None:
    asked = request.GET.get("document", "")
    if not asked:
        return latest[0] if latest else None
    found = next((invoice for invoice in latest if str(invoice.pk) == asked), None)
    if found is None:
        raise Http404
    return found


def _run(integration, invoice: Invoice) -> dict:
    """The booking of `invoice`, or why there is none."""
    try:
        connector = delivery.configured(integration)
        what = payload.preview(invoice)
        if direction_of(what) not in connector.books_directions:
            return {"unbooked": connector.preview(what, None), "label": connector.label}
        booking = plan(what, Mapping.of(integration.config))
        preview = connector.preview(what, booking)
    except DeliveryError as error:
        return {"refusal": error.message}
    kept = lists.offered(integration).booking
    return {
        "booking": booking,
        "books": connector.books(what),
        "preview": preview,
        "journal": _label(kept.journals, booking.journal),
        "lines": [
            {
                "line": line,
                "account": _label(kept.accounts, line.account),
                "vat": _label(kept.vat_codes, line.vat_code),
                "category": CATEGORIES.get(line.category, line.category),
            }
            for line in booking.lines
        ],
    }


def _label(choices, code: str) -> str:
    return next((one.label for one in choices if one.code == code), code)


def _that_books(place: Place, pk: int):
    integration = place.find(pk)
    if not lists.can_book(integration):
        raise Http404
    return integration


def _render(request, place, name, context, status=200):
    context = {"place": place, **place.context, **context}
    return render_part(request, f"integrations/{name}.html", context, status=status)
