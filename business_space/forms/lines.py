"""Lines, discounts and charges of the review form. A row remembers which of the document's it is."""

import dataclasses

from django import forms
from django.forms.formsets import TOTAL_FORM_COUNT
from django.utils.translation import gettext_lazy as _

from banqup.einvoicing import AllowanceCharge, Line, line_net_amount

from . import choices
from .fields import NumberField, TextField

# A document of thousands of lines is read, not typed over: more rows than this are kept as they are.
EDITABLE_LINES = 200
_TOLERANCE = 2  # cents between a stated line amount and the computed one (PEPPOL-EN16931-R120)


class LineForm(forms.Form):
    name = TextField(label=_("Description"), max_length=500)
    quantity = NumberField(label=_("Quantity"), required=False)
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    net_price = NumberField(label=_("Price of one, excluding VAT"), required=False)
    vat = forms.ChoiceField(label=_("VAT"), required=False)

    def __init__(self, *args, source: Line | None = None, **kwargs):
        self.source = source
        line = source or Line()
        initial = {
            "name": line.name or "",
            "quantity": line.quantity,
            "unit": line.unit or "C62",
            "net_price": line.net_price,
            "vat": choices.vat_value(line.vat_category, line.vat_rate),
        }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = choices.with_present(choices.UNITS, initial["unit"])
        vat = [(value, label) for value, label in choices.VAT]
        if initial["vat"] and initial["vat"] not in dict(vat):
            vat.append((initial["vat"], choices.vat_label(line.vat_category, line.vat_rate)))
        self.fields["vat"].choices = [("", "–"), *vat]

    @property
    def is_blank(self) -> bool:
        """A new row that nobody filled in."""
        return self.source is None and not (set(self.changed_data) - {"unit", "vat"})

    @property
    def amount(self):
        """The line's amount as entered so far, or None."""
        if not self.is_bound:
            return self.source and self.source.net_amount
        return self.result().net_amount if self.is_valid() and not self.is_blank else None

    def result(self) -> Line:
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        if "vat" in changed:
            changed["vat_category"], changed["vat_rate"] = choices.vat_parts(changed.pop("vat"))
        line = dataclasses.replace(self.source or Line(), **{name: _none(value) for name, value in changed.items()})
        if self.source is None:
            line = dataclasses.replace(line, unit=self.cleaned_data["unit"] or None)
        if "net_price" in changed:
            # The gross price and its discount explained the old price.
            line = dataclasses.replace(line, gross_price=None, price_discount=None)
        return _with_amount(line, touched=bool({"quantity", "net_price"} & set(changed)))


def _none(value):
    return None if value == "" else value


def _with_amount(line: Line, *, touched: bool) -> Line:
    computed = line_net_amount(line)
    stated = line.net_amount
    far = stated is not None and computed is not None and abs(stated - computed) * 100 > _TOLERANCE
    return dataclasses.replace(line, net_amount=computed) if touched or stated is None or far else line


class AllowanceForm(forms.Form):
    is_charge = forms.ChoiceField(label=_("Kind"), choices=[("", _("Discount")), ("1", _("Charge"))], required=False)
    reason = TextField(label=_("Reason"), max_length=200)
    amount = NumberField(label=_("Amount"), places=2, required=False)
    vat = forms.ChoiceField(label=_("VAT"), required=False)

    def __init__(self, *args, source: AllowanceCharge | None = None, **kwargs):
        self.source = source
        item = source or AllowanceCharge(is_charge=False)
        initial = {
            "is_charge": "1" if item.is_charge else "",
            "reason": item.reason or "",
            "amount": item.amount,
            "vat": choices.vat_value(item.vat_category, item.vat_rate),
        }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        vat = list(choices.VAT)
        if initial["vat"] and initial["vat"] not in dict(vat):
            vat.append((initial["vat"], choices.vat_label(item.vat_category, item.vat_rate)))
        self.fields["vat"].choices = [("", "–"), *vat]

    @property
    def is_blank(self) -> bool:
        return self.source is None and not (set(self.changed_data) - {"is_charge", "vat"})

    def result(self) -> AllowanceCharge:
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        if "vat" in changed:
            changed["vat_category"], changed["vat_rate"] = choices.vat_parts(changed.pop("vat"))
        if "is_charge" in changed:
            changed["is_charge"] = changed["is_charge"] == "1"
        item = dataclasses.replace(self.source or AllowanceCharge(is_charge=False), **changed)
        if "reason" in changed:
            item = dataclasses.replace(item, reason=item.reason or None, reason_code=None)
        if "amount" in changed:
            # Percentage and base explained the old amount.
            item = dataclasses.replace(item, percent=None, base_amount=None)
        return item


class _Rows(forms.BaseFormSet):
    """Rows over a tuple of the document's. `TOTAL_FORMS` counts the rows on the page."""

    rows: tuple = ()

    def __init__(self, data=None, *, rows, extra, prefix):
        self.rows = tuple(rows)
        self.shown = self.rows[:EDITABLE_LINES]
        # The page may have been drawn from a document that changed meanwhile; the version tells.
        super().__init__(data, prefix=prefix, initial=[{} for _row in self.shown])
        self.extra = 0 if self.shown else extra

    def get_form_kwargs(self, index):
        return {"source": self.shown[index] if index is not None and index < len(self.shown) else None}

    @property
    def visible_forms(self) -> list:
        """The rows to show: those that were removed on the page travel as hidden fields."""
        return [form for form in self.forms if not self.is_removed(form)]

    def is_removed(self, form) -> bool:
        return form.is_bound and bool(form.data.get(f"{form.prefix}-DELETE"))

    @property
    def removed_names(self) -> list[str]:
        return [f"{form.prefix}-DELETE" for form in self.forms if self.is_removed(form)]

    @property
    def hidden_rows(self) -> int:
        """Rows that are kept but not shown."""
        return len(self.rows) - len(self.shown)

    def result(self) -> tuple:
        kept = tuple(form.result() for form in self.forms if not form.is_blank and form not in self.deleted_forms)
        # Rows that were not on the page are kept.
        return kept + self.rows[min(len(self.forms), EDITABLE_LINES) :]


class _BaseLineFormSet(_Rows):
    def __init__(self, data=None, *, lines, prefix):
        super().__init__(data, rows=lines, extra=1, prefix=prefix)

    def result(self):
        """Every line has an id of its own (BT-126)."""
        lines, used = [], {line.id for line in self.rows if line.id}
        for line in super().result():
            if not line.id:
                number = next(n for n in range(1, len(self.rows) + len(self.forms) + 2) if str(n) not in used)
                used.add(str(number))
                line = dataclasses.replace(line, id=str(number))
            lines.append(line)
        return tuple(lines)


class _BaseAllowanceFormSet(_Rows):
    def __init__(self, data=None, *, items, prefix):
        super().__init__(data, rows=items, extra=0, prefix=prefix)


_LIMITS = {"can_delete": True, "extra": 0, "max_num": 1000, "absolute_max": 1000}
LineFormSet = forms.formset_factory(LineForm, formset=_BaseLineFormSet, **_LIMITS)
AllowanceFormSet = forms.formset_factory(AllowanceForm, formset=_BaseAllowanceFormSet, **_LIMITS)


def with_one_more(data, prefix):
    """Posted data with an empty row more: *Add a line* without script."""
    data = data.copy()
    name = f"{prefix}-{TOTAL_FORM_COUNT}"
    count = data.get(name, "")
    data[name] = str(min(int(count), 999) + 1) if count.isdecimal() and len(count) < 5 else "1"
    return data


def without(data, row):
    """Posted data with one row (`lines-3`) marked as removed."""
    data = data.copy()
    data[f"{row}-DELETE"] = "on"
    return data
