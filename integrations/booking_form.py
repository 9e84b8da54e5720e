"""What a person maps once for one client: journals, accounts and VAT codes, out of the destination's own lists."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.exports.models import Integration
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import SALES_LIST

from .booking import CATEGORIES, PURCHASE, SALES, Lists, Mapping, vat_key

DIRECTIONS = ((PURCHASE, lazy("Purchase")), (SALES, lazy("Sales")))
# Shown before any document has them; a document's own are added.
USUAL_VAT = {
    PURCHASE: ("S 21", "S 12", "S 6", "Z 0", "E 0", "AE 0", "K 0"),
    SALES: ("S 21", "S 12", "S 6", "Z 0", "E 0", "AE 0", "K 0", "G 0"),
}
# So many of the latest documents are looked through for VAT rates and parties.
LOOKED_AT = 200
PARTIES_AT_MOST = 40
VAT, PARTY = "vat-", "party-"


@dataclass(frozen=True)
class Seen:
    """What the latest approved documents of a business hold: VAT keys, and parties (VAT number: name)."""

    vat: tuple[str, ...]
    parties: dict[str, str]


def seen(integration: Integration) -> Seen:
    documents = Invoice.objects.of_business(integration.space).present().filter(released_at__isnull=False)
    vat: dict[str, None] = {}
    parties: dict[str, str] = {}
    for invoice in documents.order_by("-released_at")[:LOOKED_AT]:
        direction = SALES if invoice.kind in SALES_LIST else PURCHASE
        document = invoice.document
        vat |= {vat_key(direction, part.category or "", part.rate): None for part in document.vat_breakdown}
        party = document.buyer if direction == SALES else document.seller
        vat_id = (party.vat_id or "").replace(" ", "").upper()
        if vat_id and len(parties) < PARTIES_AT_MOST:
            parties.setdefault(vat_id, invoice.counterparty_name or party.name or vat_id)
    return Seen(tuple(vat), parties)


class BookingForm(forms.Form):
    """`mapping()` gives what was chosen. Fields are named after what they map, so a list that grew does no harm."""

    # Every field may stay empty; saying so at each would only be in the way.
    is_filter = True

    def __init__(self, data=None, *, lists: Lists, mapping: Mapping, known: Seen):
        super().__init__(data)
        self._lists, self._before, self._known = lists, mapping, known
        for direction, _label in DIRECTIONS:
            self._choose(
                f"journal-{direction}", _("Journal"), lists.journals, mapping.journals.get(direction), direction
            )
            self._account(f"account-{direction}", _("Usual account"), mapping.accounts.get(direction))
        for key in self._vat_keys():
            direction = key.split()[0]
            self._choose(_field(VAT, key), vat_label(key), lists.vat_codes, mapping.vat.get(key), direction)
        for vat_id, name in self._parties().items():
            self._account(_field(PARTY, vat_id), name, mapping.parties.get(vat_id))
        self.fields["new-party"] = forms.CharField(
            label=_("VAT number"), required=False, max_length=20, help_text=_("Of a supplier or customer not listed.")
        )
        self._account("new-account", _("Its account"), None)

    def _choose(self, name, label, choices, chosen, direction):
        offered = [(one.code, one.label) for one in choices if one.direction in ("", direction)]
        if chosen and chosen not in dict(offered):
            offered.append((chosen, _("%s (not there any more)") % chosen))
        choices = [("", _("Not chosen")), *offered]
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False, initial=chosen)

    def _account(self, name, label, chosen):
        # Charts of accounts are long: typed, with the list to choose from.
        widget = forms.TextInput(attrs={"list": "accounts", "autocomplete": "off"})
        self.fields[name] = forms.CharField(label=label, required=False, max_length=40, initial=chosen, widget=widget)

    def _vat_keys(self) -> list[str]:
        keys = [f"{direction} {one}" for direction, _label in DIRECTIONS for one in USUAL_VAT[direction]]
        more = sorted({*self._known.vat, *self._before.vat} - set(keys))
        return sorted([*keys, *more], key=lambda key: key.split()[0] != PURCHASE)

    def _parties(self) -> dict[str, str]:
        return self._known.parties | {
            vat_id: self._known.parties.get(vat_id, vat_id) for vat_id in self._before.parties
        }

    def clean(self):
        codes = {one.code for one in self._lists.accounts}
        for name in self.fields:
            if not name.startswith(("account-", PARTY, "new-account")):
                continue
            # Some browsers fill in the whole line of the list.
            code = (self.cleaned_data.get(name) or "").split(" ")[0].strip()
            self.cleaned_data[name] = code
            if code and codes and code not in codes:
                self.add_error(name, _("Account %s does not exist there. Choose one of the list.") % code)
        if bool(self.cleaned_data.get("new-party")) != bool(self.cleaned_data.get("new-account")):
            self.add_error("new-party", _("Enter both the VAT number and the account."))
        return self.cleaned_data

    def mapping(self) -> Mapping:
        given = self.cleaned_data
        parties = {vat_id: given[_field(PARTY, vat_id)] for vat_id in self._parties()}
        if given["new-party"]:
            parties[given["new-party"].replace(" ", "").replace(".", "").upper()] = given["new-account"]
        return Mapping(
            journals=_filled({direction: given[f"journal-{direction}"] for direction, _label in DIRECTIONS}),
            accounts=_filled({direction: given[f"account-{direction}"] for direction, _label in DIRECTIONS}),
            vat=_filled({key: given[_field(VAT, key)] for key in self._vat_keys()}),
            parties=_filled(parties),
        )

    def groups(self) -> list[dict]:
        """The fields as the page shows them, purchase first."""
        return [
            {
                "key": direction,
                "label": label,
                "main": [self[f"journal-{direction}"], self[f"account-{direction}"]],
                "vat": [self[_field(VAT, key)] for key in self._vat_keys() if key.startswith(direction)],
            }
            for direction, label in DIRECTIONS
        ]

    def parties(self) -> list[dict]:
        return [{"vat_id": vat_id, "bound": self[_field(PARTY, vat_id)]} for vat_id in self._parties()]

    def new_party(self) -> list:
        return [self["new-party"], self["new-account"]]


def vat_label(key: str) -> str:
    """ "purchase S 21" as people say it."""
    _direction, category, rate = key.split(" ")
    words = CATEGORIES.get(category, category)
    return f"{words}, {rate} %" if category == "S" else str(words)


def _field(prefix: str, key: str) -> str:
    return prefix + key.replace(" ", "-").replace(".", "_")


def _filled(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
