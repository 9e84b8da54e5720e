"""Rows of a form that can be added, removed and moved without script: every row carries all it knows.

A row's place on the page is its place in the document. What a line says beyond the fields travels along
in a signed field, so moving rows, and saving them in between, mixes nothing up.
"""

import dataclasses
import re
from decimal import Decimal

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.einvoicing import AllowanceCharge, Document, Line
from banqup.invoices import content
from business_space.forms import choices
from business_space.forms.fields import NumberField, TextField

# More rows than this are kept as they are: such a document is not typed.
MOST = 200
# UNTDID 5189 and 7161: a discount; miscellaneous services.
DISCOUNT, MISCELLANEOUS = "95", "ABK"
_SALT = "creator.line"


class LineForm(forms.Form):
    name = TextField(label=lazy("Description"), max_length=500)
    description = TextField(label=lazy("More about it"), max_length=1000)
    quantity = NumberField(label=lazy("Quantity"), required=False)
    unit = forms.ChoiceField(label=lazy("Unit"), required=False)
    net_price = NumberField(label=lazy("Price of one, excluding VAT"), required=False)
    discount = NumberField(label=lazy("Discount, %"), places=2, required=False)
    vat = forms.ChoiceField(label=lazy("VAT"), required=False)
    code = forms.CharField(required=False, max_length=50, widget=forms.HiddenInput)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        unit, vat = self["unit"].value() or "C62", self["vat"].value() or ""
        self.fields["unit"].choices = choices.with_present(choices.UNITS, unit)
        self.fields["vat"].choices = vat_choices(vat)

    @property
    def is_blank(self) -> bool:
        """Nobody entered anything: the quantity of 1 is only proposed."""
        values = [self[name].value() for name in ("name", "description", "net_price", "kept")]
        return not any(value not in (None, "") for value in values) and str(self["quantity"].value() or "1") == "1"

    def clean_discount(self):
        return _percentage(self.cleaned_data["discount"])

    def clean_net_price(self):
        price = self.cleaned_data["net_price"]
        if price is not None and price < 0:
            raise ValidationError(_("A price is not negative; enter a negative quantity instead."))
        return price

    def clean_kept(self) -> Line:
        if not self.cleaned_data["kept"]:
            return Line()
        try:
            return content.from_json(signing.loads(self.cleaned_data["kept"], salt=_SALT)).lines[0]
        except signing.BadSignature as error:
            words = _("This line can't be read any more. Remove it and enter it again.")
            raise ValidationError(words) from error

    def result(self) -> Line:
        entered, kept = self.cleaned_data, self.cleaned_data["kept"]
        category, rate = choices.vat_parts(entered["vat"])
        line = dataclasses.replace(
            kept,
            name=entered["name"] or None,
            description=entered["description"] or None,
            quantity=entered["quantity"],
            unit=entered["unit"] or None,
            net_price=entered["net_price"],
            vat_category=category,
            vat_rate=rate,
            seller_item_id=entered["code"] or None,
        )
        if entered["discount"] and line.net_price is not None and line.quantity is not None:
            base = line.net_price * line.quantity / (line.price_base_quantity or Decimal(1))
            line = dataclasses.replace(line, allowances_charges=(*kept.allowances_charges, discount(base, entered)))
        return line


def discount(base: Decimal, entered: dict, **vat) -> AllowanceCharge:
    """`entered["discount"]` per cent of `base`; the amount follows when the totals are made."""
    rounded = base.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
    return AllowanceCharge(
        is_charge=False, base_amount=rounded, percent=entered["discount"], reason_code=DISCOUNT, **vat
    )


def is_discount(item: AllowanceCharge) -> bool:
    """One that the field for a percentage shows."""
    return not item.is_charge and item.reason_code == DISCOUNT and item.percent is not None


def line_initial(line: Line) -> dict:
    """What the form of `line` shows; `kept` is the rest of it."""
    shown = next((item for item in line.allowances_charges if is_discount(item)), None)
    others = tuple(item for item in line.allowances_charges if item is not shown)
    # A gross price and its discount explained the price as it came; here the price itself is entered.
    rest = dataclasses.replace(
        line, id=None, name=None, description=None, quantity=None, unit=None, net_price=None, gross_price=None,
        price_discount=None, net_amount=None, vat_category=None, vat_rate=None, seller_item_id=None,
        allowances_charges=others,
    )  # fmt: skip
    return {
        "name": line.name or "",
        "description": line.description or "",
        "quantity": line.quantity,
        "unit": line.unit or "C62",
        "net_price": line.net_price,
        "discount": shown.percent if shown else None,
        "vat": choices.vat_value(line.vat_category, line.vat_rate),
        "code": line.seller_item_id or "",
        "kept": _sealed(rest),
    }


def _sealed(rest: Line) -> str:
    if rest == Line():
        return ""
    return signing.dumps(content.to_json(Document(lines=(rest,))), salt=_SALT, compress=True)


class ChargeForm(forms.Form):
    """A discount or an extra cost of the whole document, in money."""

    is_charge = forms.ChoiceField(
        label=lazy("Kind"), choices=[("1", lazy("Extra cost")), ("", lazy("Discount"))], required=False
    )
    reason = TextField(label=lazy("Reason"), max_length=200)
    amount = NumberField(label=lazy("Amount"), places=2, required=False)
    vat = forms.ChoiceField(label=lazy("VAT"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["vat"].choices = vat_choices(self["vat"].value() or "")

    @property
    def is_blank(self) -> bool:
        return not any(self[name].value() for name in ("reason", "amount"))

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if amount is not None and amount < 0:
            raise ValidationError(_("Enter the amount without a sign; the kind says whether it is taken off."))
        return amount

    def result(self) -> AllowanceCharge:
        entered = self.cleaned_data
        category, rate = choices.vat_parts(entered["vat"])
        is_charge = entered["is_charge"] == "1"
        code = MISCELLANEOUS if is_charge else DISCOUNT
        return AllowanceCharge(
            is_charge=is_charge,
            amount=entered["amount"],
            reason=entered["reason"] or None,
            reason_code=None if entered["reason"] else code,  # BR-33, BR-38: one of the two
            vat_category=category,
            vat_rate=rate,
        )


def charge_initial(item: AllowanceCharge) -> dict:
    return {
        "is_charge": "1" if item.is_charge else "",
        "reason": item.reason or "",
        "amount": item.amount,
        "vat": choices.vat_value(item.vat_category, item.vat_rate),
    }


def vat_choices(present: str) -> list[tuple]:
    listed = [("", "–"), *choices.VAT]
    if present and present not in dict(listed):
        try:
            listed.append((present, choices.vat_label(*choices.vat_parts(present))))
        except ArithmeticError:
            pass  # nothing that we wrote: the field says that it is no choice
    return listed


def _percentage(number):
    if number is not None and not 0 <= number <= 100:
        raise ValidationError(_("A discount is between 0 and 100 %."))
    return number


class Rows:
    """The forms of one table, from the document or from what was posted."""

    def __init__(self, form_class, prefix: str, *, data=None, initial=()):
        self.form_class, self.prefix = form_class, prefix
        if data is None:
            self.forms = [form_class(initial=values, prefix=f"{prefix}-{n}") for n, values in enumerate(initial)]
        else:
            self.forms = [form_class(data, prefix=f"{prefix}-{n}") for n in range(counted(data, prefix))]

    @property
    def count_name(self) -> str:
        return f"{self.prefix}-count"

    def is_valid(self) -> bool:
        return all([form.is_blank or form.is_valid() for form in self.forms])

    def result(self) -> tuple:
        return tuple(form.result() for form in self.forms if not form.is_blank)


# --- rows of what was posted, without saving -------------------------------------------------------


def counted(data, prefix: str) -> int:
    given = data.get(f"{prefix}-count", "")
    return min(int(given), MOST) if given.isdecimal() and len(given) < 5 else 0


def rearranged(data, prefix: str, change):
    """The posted `data` with its rows as `change(rows)` leaves the list of them; a row is a dict of its fields."""
    shape = re.compile(rf"{prefix}-(\d+)-(\w+)")
    rows: list[dict] = [{} for _n in range(counted(data, prefix))]
    made = data.copy()
    for key in list(made):
        if match := shape.fullmatch(key):
            if int(match.group(1)) < len(rows):
                rows[int(match.group(1))][match.group(2)] = made[key]
            del made[key]
    change(rows)
    del rows[MOST:]
    for number, row in enumerate(rows):
        for name, value in row.items():
            made[f"{prefix}-{number}-{name}"] = value
    made[f"{prefix}-count"] = str(len(rows))
    return made
