"""Everything the creator's page shows: the form, what it makes, what the customer will see, and what sending does."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.actions import compliant, drafts, own
from banqup.actions.rights import may_edit
from banqup.contacts.models import Contact, Item
from banqup.einvoicing import Document
from banqup.einvoicing.rendering import describe
from banqup.exports.outbox import integrations_for
from banqup.invoices.models import Attachment, Invoice
from banqup.invoices.statuses import PURCHASE_LIST, Kind
from banqup.sending import numbering, routing
from banqup.sending.models import Way
from business_space import buttons
from business_space import findings as found
from business_space.forms.choices import vat_value
from business_space.own_findings import could_be_credited
from business_space.preview import preview as what_follows
from business_space.sides import side_of
from business_space.space import address, lacks

from .form import CreatorForm
from .located import CUSTOMER, located, term_of

# The way that needs no transmission.
ELSEWHERE = "elsewhere"
FEW = 8
SHOWN_LINES = 200
_TOP = ("issue_date", "due_date", "order_reference", "buyer_reference", "preceding_number")
_MORE = ("delivery_date", "period_start", "period_end", "currency", "discount", "exemption_reason")
_PAYMENT = ("iban", "payment_reference", "payment_terms")
# A credit note is not paid by its customer.
_NOT_ON_CREDIT_NOTES = {"due_date", "iban", "payment_reference"}


def context(request, draft: Invoice, *, form=None, contact=None, report=None, trouble=None, extra=None) -> dict:
    """`form`: as it was posted; `contact`: whom it is for meanwhile; `report`: the verdict that refused it."""
    posted = form is not None
    form = form or CreatorForm(draft=draft)
    contact = contact or draft.counterparty
    judged = report or (draft.report if drafts.is_judged(draft) else {})
    findings = located(judged.get("findings", []), form, fixes=_fixes(request, draft, contact))
    problems = [*(form.mistakes if posted and form.is_bound else []), *findings]
    document = made(form, draft, contact)
    sums, focus = totals(document, form), (extra or {}).get("focus", "")
    reason = lacks(request, may_edit(draft))
    return {
        "page_title": heading(draft),
        "heading": heading(draft),
        "invoice": draft,
        "space": request.space,
        "form": form,
        "form_id": buttons.REVIEW_FORM,
        "version": draft.version,
        "list_url": address("creator", request.space.slug),
        "side": side_of(draft),
        "reason": reason,
        "trouble": trouble,
        "problems": problems,
        "customer": _customer(request, draft, contact, document, problems),
        "groups": {name: _cells(form, names, problems, draft) for name, names in _GROUPS.items()},
        "note": {"bound": form["note"], "bt": "BT-22", "findings": found.at(problems, form["note"].auto_id)},
        "charges": _rows(form.charges, problems),
        "credited": could_be_credited(draft),
        "files": _files(draft),
        "may_make_reference": not draft.is_credit_note and not form["payment_reference"].value(),
        "open_more": any(found.at(problems, form[name].auto_id) for name in _MORE) or _used(form),
        "menu": _menu(request, draft),
        "lines": [
            row | {"amount": amount} | _focus(focus, row["number"], len(form.lines.forms))
            for row, amount in zip(_rows(form.lines, problems), sums["amounts"], strict=True)
        ],
        **sums,
        **shown(request, draft, contact, document),
        **bar(request, draft),
        **(extra or {}),
    }


_GROUPS = {"top": _TOP, "more": _MORE, "payment": _PAYMENT}


def heading(draft: Invoice) -> str:
    credit, self_billed = draft.is_credit_note, draft.kind == Kind.SELF_BILLED_OUT
    if draft.counterparty_name:
        words = {
            (False, False): _("Invoice for %s"),
            (True, False): _("Credit note for %s"),
            (False, True): _("Self-billed invoice of %s"),
            (True, True): _("Self-billed credit note of %s"),
        }[credit, self_billed]
        return words % draft.counterparty_name
    return {
        (False, False): _("New invoice"),
        (True, False): _("New credit note"),
        (False, True): _("New self-billed invoice"),
        (True, True): _("New self-billed credit note"),
    }[credit, self_billed]


def made(form: CreatorForm, draft: Invoice, contact) -> Document:
    """The document as it stands in the form, with its totals; as it was kept while the entry has mistakes."""
    if not (form.is_bound and form.is_valid()):
        return draft.document
    return drafts.completed(drafts.addressed(form.document(), draft, contact), draft)


def totals(document: Document, form: CreatorForm) -> dict:
    """The sums, and the amount of each row of the form."""
    amounts = iter(document.lines)
    rows = [None if row.is_blank else next(amounts, None) for row in form.lines.forms]
    return {
        "document": document,
        "amounts": [
            {"id": f"amount-{number}", "value": line.net_amount if line else None} for number, line in enumerate(rows)
        ],
    }


def noticed(problems: list[dict]) -> dict:
    """What is found while somebody types, beside the preview, and how much of it stands in the way."""
    return {"noticed": problems, "to_complete": sum(one["severity"] == "error" for one in problems)}


def shown(request, draft: Invoice, contact, document: Document) -> dict:
    """What the customer will see, in its language."""
    language = (contact.language if contact else "") or request.space.language
    return {"data": describe(document, language, count=SHOWN_LINES, own=True)}


def bar(request, draft: Invoice) -> dict:
    """What becomes final when it is sent, and the ways to the customer."""
    offers = buttons.offers(request, draft)
    options = routing.options(draft) if draft.counterparty_id else []
    ways = [
        {
            "value": one.way.value,
            "label": one.way.label,
            "words": one.words,
            "reason": one.reason,
            "asks": one.way == Way.PEPPOL and one.access_point is not None,
        }
        for one in options
    ]
    usable = [way["value"] for way in ways if not way["reason"]]
    wanted = request.POST.get("way", "")
    # That it was delivered elsewhere only a person can say: it is never chosen by itself.
    chosen = wanted if wanted in (*usable, ELSEWHERE) else next(iter(usable), "")
    ways.append(
        {"value": ELSEWHERE, "label": _("Already delivered elsewhere"), "words": "", "reason": "", "asks": False}
    )
    for way in ways:
        way["chosen"] = way["value"] == chosen
    return {
        "send": offers.get("send"),
        "ways": ways if draft.counterparty_id else [],
        "becomes": _becomes(draft),
        "follows": what_follows(draft),
        "saved_at": _("Saved %s") % date_format(timezone.localtime(timezone.now()), "H:i"),
    }


def _becomes(draft: Invoice) -> str:
    """Sending gives it the number V2026-0143 or the next free one, dated 20 Nov 2026 …"""
    number, day = numbering.preview(draft), date_format(draft.issue_date or draft.space.today(), "j M Y")
    words = (
        _("Sending gives it a number and the date %(day)s.")
        if not number
        else _("Sending gives it the number %(number)s, or the next free one, and the date %(day)s.")
    )
    receivers = integrations_for(draft).count()
    goes = ngettext("It goes to %d integration.", "It goes to %d integrations.", receivers) % receivers
    final = _("It can't be changed after that.")
    return " ".join([words % {"number": number, "day": day}, *([goes] if receivers else []), final])


def _customer(request, draft, contact, document, problems) -> dict:
    party = document.seller if draft.kind in PURCHASE_LIST else document.buyer
    return {
        "id": CUSTOMER,
        "label": _("Supplier") if draft.kind in PURCHASE_LIST else _("Customer"),
        "contact": contact,
        "party": party,
        "findings": found.at(problems, CUSTOMER),
        "url": address("party", request.space.slug, contact.pk) if contact else "",
    }


def _cells(form, names, problems, draft) -> list[dict]:
    hidden = _NOT_ON_CREDIT_NOTES if draft.is_credit_note else set()
    return [
        {"bound": form[name], "bt": term_of(name), "findings": found.at(problems, form[name].auto_id)}
        for name in names
        if name in form.fields and name not in hidden
    ]


def _rows(rows, problems) -> list[dict]:
    listed = []
    for number, form in enumerate(rows.forms):
        fields = [form[name] for name in form.fields]
        here = [problem for bound in fields for problem in found.at(problems, bound.auto_id)]
        listed.append(
            {
                "form": form,
                "number": number,
                "at": str(number),
                "findings": here,
                "more": bool("description" in form.fields and form["description"].value()),
            }
        )
    return listed


def _focus(wanted: str, number: int, count: int) -> dict:
    """Which part of this row gets the focus after the page was drawn anew."""
    what, _dash, where = wanted.partition("-")
    here = where == str(number) or where == "last" and number == count - 1
    return {
        "focus": what if here else "",
        "types_here": here and what == "line",
        "counts_here": here and what == "quantity",
    }


def _files(draft) -> list[dict]:
    """The attachments, and which of them an e-invoice does not take along."""
    rows = draft.attachments.filter(role=Attachment.Role.APPENDIX)
    return [
        {"pk": row.pk, "filename": row.filename, "size": row.size, "stays_here": not compliant.travels(row)}
        for row in rows
    ]


def _used(form) -> bool:
    return any(form[name].value() for name in _MORE if name != "currency")


def _menu(request, draft) -> list:
    """⋮: the PDF and a copy; what throws it away comes last."""
    slug, offers = request.space.slug, buttons.offers(request, draft)
    pdf = {
        "name": "paper",
        "label": _("PDF of the draft"),
        "url": address("creator_paper", slug, draft.pk),
        "method": "get",
        "icon": "document-arrow-down",
    }
    return [pdf, *buttons.row(offers, ("copy_document",)), None, *_discard(slug, draft, offers)]


def _discard(slug, draft, offers) -> list:
    delete = offers.get("delete")
    if delete is None:
        return []
    url = address("creator_discard", slug, draft.pk)
    return [delete | {"label": _("Discard the draft"), "url": url, "method": "post", "dialog": False}]


def _fixes(request, draft, contact) -> dict:
    """Rule or side → what helps."""
    slug = request.space.slug
    helps = {
        own.REFERENCE: {"label": _("It stands alone"), "name": "action", "value": "stands_alone"},
        "seller": {"label": _("Space settings > Company"), "url": address("settings_company", slug)},
    }
    if contact is not None:
        party = address("party", slug, contact.pk)
        helps[own.MANDATE] = {"label": _("Open the supplier"), "url": f"{party}#self-billing"}
        helps["buyer"] = {"label": _("Open its page"), "url": party}
    if draft.kind in PURCHASE_LIST:
        helps["seller"], helps["buyer"] = helps.get("buyer"), helps["seller"]
    return helps


# --- search -----------------------------------------------------------------------------------------


def customers(draft: Invoice, q: str) -> list[Contact]:
    """Whom the draft could be for, by name or number; a supplier only where its mandate is there."""
    known = Contact.objects.filter(space=draft.space_id)
    if draft.kind == Kind.SELF_BILLED_OUT:
        known = known.filter(is_supplier=True, self_billing=True)
    else:
        known = known.order_by("-is_customer", "name")
    for word in q.split()[:5]:
        plain = word.replace(".", "")
        known = known.filter(name__icontains=word) | known.filter(vat_id__icontains=plain)
    return list(known[:FEW])


def items(space, q: str) -> list[Item]:
    """The offered items whose name or number has every word of `q`."""
    known = Item.objects.filter(space=space, is_active=True)
    for word in q.split()[:5]:
        known = known.filter(name__icontains=word) | known.filter(code__icontains=word)
    return list(known[:FEW])


def with_item(row: dict, item: Item) -> None:
    """Fill the fields of a posted line from `item`; a quantity that stands there stays."""
    row |= {
        "name": item.name,
        "description": item.description,
        "code": item.code,
        "unit": item.unit,
        "net_price": "" if item.price is None else format(item.price, "f"),
        "vat": vat_value(item.vat_category, item.vat_rate),
        "quantity": row.get("quantity") or "1",
    }
