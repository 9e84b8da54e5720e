"""Company, VAT and account numbers: written one way, with their check digits right."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import get_cc_module, iban
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as Wrong

# Which register numbers the companies of a country, as the scheme that stands beside them (ICD).
REGISTERS = {"BE": ("vat", "0208"), "FR": ("siren", "0002"), "NL": ("kvk", "0106")}


def compact(text: str) -> str:
    return "".join(character for character in (text or "") if character.isalnum()).upper()


def vat_number(text: str) -> str:
    """`BE 0702.451.135` → `BE0702451135`. Raises ValidationError."""
    plain = compact(text)
    if not plain:
        return ""
    if not plain[:2].isalpha():
        raise ValidationError(_("Begin with the country, for example BE 0702.451.135."))
    country, number = plain[:2], plain[2:]
    rules = get_cc_module("gr" if country == "EL" else country.lower(), "vat")
    if rules is None:
        if not 2 <= len(number) <= 18:
            raise ValidationError(_("%s is not a VAT number.") % text.strip())
        return plain
    return country + _checked(rules, plain, text).removeprefix(country)


def company_number(text: str, country: str) -> tuple[str, str]:
    """The number of the company register and its scheme; both empty for no number. Raises ValidationError."""
    plain = compact(text)
    if not plain:
        return "", ""
    register, scheme = REGISTERS.get(country, ("", ""))
    rules = get_cc_module(country.lower(), register) if register else None
    if rules is None:
        return text.strip(), scheme
    return _checked(rules, plain, text), scheme


def account_number(text: str) -> str:
    """`BE21 7370 1144 2003` → `BE21737011442003`. Raises ValidationError."""
    plain = compact(text)
    if not plain:
        return ""
    if not (plain[:2].isalpha() and plain[2:4].isdigit()):
        raise ValidationError(_("%s is not an IBAN.") % text.strip())
    try:
        # Which banks a country has changes faster than any list of them.
        return iban.validate(plain, check_country=False)
    except InvalidChecksum as error:
        raise ValidationError(_("The check digits of %s are wrong; a digit was mistyped.") % text.strip()) from error
    except Wrong as error:
        raise ValidationError(_("%s is not an IBAN.") % text.strip()) from error


def _checked(rules, plain: str, text: str) -> str:
    try:
        return rules.validate(plain)
    except InvalidChecksum as error:
        raise ValidationError(_("The check digits of %s are wrong; a digit was mistyped.") % text.strip()) from error
    except Wrong as error:
        raise ValidationError(_("%s has the wrong form for this country.") % text.strip()) from error
