"""The review desk's context: the form with what was found, the sums, and what will happen."""

import dataclasses

from banqup import einvoicing
from banqup.invoices.statuses import ISSUED_BY_US

from . import buttons as offered
from . import findings as found
from . import own_findings, read
from .approvals import approvals
from .buttons import REVIEW_FORM, offers
from .forms import choices
from .forms.delivery import WayForm
from .forms.document import CREDIT_NOTE, DocumentForm
from .preview import preview
from .sides import side_of

_WIDE = {"party_name": 2, "party_street": 2, "iban": 2}
_PARTY = ("party_name", "party_vat_id", "party_street", "party_postal_code", "party_city", "party_country")
_DOCUMENT = ("kind", "number", "currency", "issue_date", "due_date", "preceding_number")
_PAYMENT = ("iban", "payment_reference")
_REFERENCES = ("order_reference", "buyer_reference")
_REASON = ("exemption_reason",)


def form_for(invoice, data=None) -> DocumentForm:
    side = side_of(invoice)
    return DocumentForm(
        data,
        document=invoice.document,
        sales=side.is_sales,
        default_currency=invoice.space.currency,
        use_required_attribute=False,
    )


def context(request, invoice, *, form=None, report=None, trouble=None) -> dict:
    """Everything the pane with the data shows.

    `report` replaces the invoice's own verdict; `trouble` is a banner dict for what stopped a verb.
    """
    side = side_of(invoice)
    form = form or form_for(invoice)
    findings = (report or invoice.report).get("findings", [])
    problems = found.located(findings, form, sales=side.is_sales, fixes=own_findings.fixes(invoice))
    document = _as_entered(form)
    reading = read.reading_of(invoice)
    buttons = offers(request, invoice)
    return {
        "invoice": invoice,
        "side": side,
        "space": request.space,
        "form": form,
        "form_id": REVIEW_FORM,
        # Mistakes of entry first: until they are right, the rules speak of older data.
        "problems": form.errors_everywhere + problems if form.is_bound else problems,
        "trouble": trouble,
        "groups": _groups(form, problems, side, reading, invoice.get_absolute_url()),
        "reading": read.progress(reading, invoice),
        "read_banner": read.banner(reading) if not form.is_bound else None,
        "field_ids": {term: form[name].auto_id for term, name in found.fields_by_term(sales=side.is_sales).items()}
        | {"BT-115": found.SUMS},
        "lines": _rows(form.lines, problems),
        "allowances": _rows(form.allowances, problems),
        "open_lines": len(form.lines.forms) <= 12,
        "sums": _sums(document, document.currency or form["currency"].value())
        | {"place": read.place(reading, "BT-115", invoice.get_absolute_url())}
        | {"stated": _stated(form, document), "findings": found.at(problems, found.SUMS)},
        "preview": preview(invoice),
        "way_form": WayForm(form.data if form.is_bound and "way" in form.data else None, invoice=invoice)
        if invoice.kind in ISSUED_BY_US
        else None,
        "approvals": approvals(invoice),
        "buttons": buttons,
        "primary": offered.row(buttons, offered.DESK),
        "objections": offered.row(buttons, offered.DESK_OBJECTIONS),
        "unread": not invoice.data,
        "credited": own_findings.could_be_credited(invoice),
        "stands_alone": own_findings.stands_alone(request, invoice),
    }


def _groups(form, problems, side, reading, base) -> list[dict]:
    """The fields in blocks, each with its term, what was found, and where its value stands on the page."""
    terms = found.terms_by_field(sales=side.is_sales)
    exempt = any(line.vat_category in choices.NEEDS_REASON for line in form.source.lines)
    if form.is_bound:
        exempt = exempt or any(
            str(row["vat"].value() or "").partition(":")[0] in choices.NEEDS_REASON for row in form.lines.visible_forms
        )
    credit = form["kind"].value() == CREDIT_NOTE

    def cells(names):
        return [
            {
                "bound": form[name],
                "bt": terms.get(name, ""),
                "findings": found.at(problems, form[name].auto_id)
                + read.offers(reading, terms.get(name, ""), form[name]),
                "place": read.place(reading, terms.get(name, ""), base),
                "span": _WIDE.get(name, 0),
            }
            for name in names
            if (name != "preceding_number" or credit or form["preceding_number"].value())
            and (name != "exemption_reason" or exempt or found.at(problems, form[name].auto_id))
        ]

    groups = [("", cells(_PARTY)), ("", cells(_DOCUMENT)), ("", cells(_PAYMENT)), ("", cells((*_REFERENCES, *_REASON)))]
    return [{"title": title, "cells": group} for title, group in groups if group]


def _rows(formset, problems) -> list[dict]:
    """The rows of a formset with what was found in each."""
    rows = []
    for form in formset.visible_forms:
        cells = {name: form[name] for name in form.fields if name != "DELETE"}
        here = [problem for bound in cells.values() for problem in found.at(problems, bound.auto_id)]
        mistakes = [
            {"severity": "error", "text": error, "field_id": form[name].auto_id}
            for name, errors in form.errors.items()
            if name in cells
            for error in errors
        ]
        rows.append({"form": form, "findings": mistakes + here, "amount": getattr(form, "amount", None)})
    return rows


def _as_entered(form):
    """The document as it stands in the form, with its sums; what came in when the entry has mistakes."""
    document = form.document() if form.is_bound and form.is_valid() else form.source
    return einvoicing.recompute(dataclasses.replace(document, lines=tuple(document.lines)))


def _stated(form, document):
    """What the document said is to pay, where its lines make something else."""
    stated = form.source.payable
    return stated if stated is not None and stated != document.payable and not form.is_bound else None


def _sums(document, currency) -> dict:
    """The VAT table: computed from the lines, never typed."""
    return {
        "rows": [
            {
                "label": choices.vat_label(item.category, item.rate),
                "taxable": item.taxable_amount,
                "tax": item.tax_amount,
                "total": (item.taxable_amount or 0) + (item.tax_amount or 0),
            }
            for item in document.vat_breakdown
        ],
        "exclusive": document.tax_exclusive_total,
        "tax": document.tax_total,
        "inclusive": document.tax_inclusive_total,
        "prepaid": document.prepaid,
        "rounding": document.rounding,
        "payable": document.payable,
        "currency": currency,
    }
