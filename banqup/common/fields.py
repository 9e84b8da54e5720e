"""Database fields for money.

SQLite has no exact decimal type: `0.1 + 0.2 <= 0.3` is false there, and a payment status computed
from it would be wrong by one cent. So amounts are stored as whole cents in both databases and seen
as `Decimal` with two decimals everywhere else. EN 16931 allows no amount more than two decimals
(BR-DEC-*), whatever the currency.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

CENT = Decimal("0.01")
# Nine thousand billion with two decimals: far beyond any invoice, and far inside 64 bits.
MAX_AMOUNT = Decimal("9999999999999.99")


def to_cents(amount: Decimal | int | str) -> int:
    """`12.34` → `1234`. Raises ValidationError for what is not an exact amount in cents."""
    try:
        value = Decimal(amount)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise ValidationError(_("%(value)s is not an amount."), params={"value": amount}) from error
    if not value.is_finite() or abs(value) > MAX_AMOUNT:
        raise ValidationError(_("%(value)s is outside the amounts that can be booked."), params={"value": amount})
    cents = value * 100
    if cents != cents.to_integral_value():
        raise ValidationError(_("%(value)s has more than two decimals."), params={"value": amount})
    return int(cents)


def rounded(amount: Decimal) -> Decimal:
    """To the cent, half up, as EN 16931 and Belgian VAT rules round."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


class MoneyField(models.BigIntegerField):
    """A `Decimal` amount with two decimals, stored as whole cents; arithmetic in SQL is exact."""

    description = "Amount in cents"

    def from_db_value(self, value, expression, connection):
        return None if value is None else Decimal(int(value)).scaleb(-2)

    def to_python(self, value):
        return None if value is None else Decimal(to_cents(value)).scaleb(-2)

    def get_prep_value(self, value):
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return to_cents(value)

    def get_db_prep_value(self, value, connection, prepared=False):
        return value if prepared or value is None else self.get_prep_value(value)

    @property
    def validators(self):
        # The integer range validators of the parent would compare cents with amounts.
        return []

    def formfield(self, **kwargs):
        from django import forms

        return super(models.BigIntegerField, self).formfield(
            **{"form_class": forms.DecimalField, "decimal_places": 2, "max_digits": 15, **kwargs}
        )


class PriceField(models.BigIntegerField):
    """A `Decimal` price or rate with at most six decimals, stored exactly, as whole millionths."""

    description = "Price in millionths"
    _PLACES = 6

    def from_db_value(self, value, expression, connection):
        if value is None:
            return None
        price = Decimal(int(value)).scaleb(-self._PLACES).normalize()
        return price.quantize(CENT) if price.as_tuple().exponent > -2 else price

    def to_python(self, value):
        if value is None:
            return None
        try:
            price = Decimal(value)
        except (InvalidOperation, TypeError, ValueError) as error:
            raise ValidationError(_("%(value)s is not a price."), params={"value": value}) from error
        if not price.is_finite() or abs(price) > MAX_AMOUNT / 10**4 or price != round(price, self._PLACES):
            raise ValidationError(_("%(value)s has more than six decimals."), params={"value": value})
        return price

    def get_prep_value(self, value):
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return int(self.to_python(value).scaleb(self._PLACES))

    def get_db_prep_value(self, value, connection, prepared=False):
        return value if prepared or value is None else self.get_prep_value(value)

    @property
    def validators(self):
        return []

    def formfield(self, **kwargs):
        from django import forms

        return super(models.BigIntegerField, self).formfield(
            **{"form_class": forms.DecimalField, "decimal_places": self._PLACES, "max_digits": 15, **kwargs}
        )
