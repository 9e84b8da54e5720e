"""Yuki: each approved document into the archive, or purchases as booked invoices."""

import re
import unicodedata

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lxml import etree

from banqup.invoices.statuses import SALES_LIST

from ..base import (
    E_INVOICE,
    ORIGINAL,
    PICTURE,
    BrokenConfiguration,
    Connector,
    Delivered,
    DeliveryError,
    Payload,
    PayloadFile,
    TestStep,
)
from ..booking import PURCHASE, Booking, Choice, Lists, Mapping, plan
from ..pace import Pace
from . import purchase
from .client import HOSTS, Client
from .forms import BOOKING, YukiForm

PURCHASE_FOLDER, SALES_FOLDER = 1, 2
# Yuki has one book of purchases: there is nothing to choose but it.
_BOOK = Choice("1", gettext_lazy("Purchases"), PURCHASE)
_PDF = "application/pdf"


class YukiConnector(Connector):
    key = "yuki"
    label = gettext_lazy("Yuki")
    initials = "YU"
    description = gettext_lazy(
        "Puts every approved document, PDF and e-invoice together, into an administration of Yuki."
    )
    can_update = False
    resend_warning = gettext_lazy("May create a second copy in Yuki; Yuki marks it as a possible duplicate.")
    config_form = YukiForm
    secret_fields = ("access_key",)
    can_book = True
    books_directions = ("purchase",)
    administration_field = "administration"
    per_client_fields = ("administration", "domain")

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        if "document" in remote:
            return self._delivered(payload, remote["document"])
        booking = plan(payload, Mapping.of(self.config)) if self.books(payload) else None
        client, administration = self._client(), self._administration()
        # What was sent and not answered may stand there: it is looked for first, by one worker at a time.
        with self._pace().alone():
            found = client.find(marker(payload))
            if found is not None:
                document = found.id
            elif booking is not None:
                document = self._book(client, payload, booking, administration)
            else:
                document = client.upload(
                    files(payload),
                    folder=SALES_FOLDER if payload.kind in SALES_LIST else PURCHASE_FOLDER,
                    administration=administration,
                    remarks=_remarks(payload),
                    total=(payload.document.tax_inclusive_total or 0, payload.document.currency or "EUR"),
                )
            keep(document=document)
        return self._delivered(payload, document)

    def check(self) -> list[TestStep]:
        steps = []

        def passes(name: str, action, words) -> bool:
            try:
                steps.append(TestStep(name, True, words(action())))
            except DeliveryError as error:
                steps.append(TestStep(name, False, error.message))
            return steps[-1].ok

        if (
            passes(_("Sign in"), lambda: self._client().sign_in(), lambda session: _("Yuki takes the access key."))
            and passes(_("Find the administration"), self._chosen, lambda name: _("It is “%s”.") % name)
            and passes(
                _("Read the archive"), lambda: self._client().find("banqup-test"), lambda found: _("It can be read.")
            )
            and self.config.get("mode") == BOOKING
        ):
            passes(
                _("Read the accounts"),
                self.lists,
                lambda lists: (
                    _("%(accounts)d accounts and %(codes)d VAT codes.")
                    % {"accounts": len(lists.accounts), "codes": len(lists.vat_codes)}
                ),
            )
        return steps

    def lists(self) -> Lists:
        client, administration = self._client(), self._administration()
        return Lists(
            journals=(Choice(_BOOK.code, str(_BOOK.label), _BOOK.direction),),
            accounts=client.accounts(administration),
            vat_codes=client.vat_codes(administration),
        )

    def administrations(self) -> tuple[Choice, ...]:
        return self._client().administrations()

    def preview(self, payload: Payload, booking: Booking) -> str:
        if payload.kind in SALES_LIST:
            return _("Yuki gets this document as it is, in its folder for sales.")
        what = self._invoice(payload, booking, file=None)
        return etree.tostring(what, pretty_print=True, encoding="unicode")

    def summary(self, config: dict) -> str:
        host = HOSTS.get(config.get("country"), "").removeprefix("https://")
        return " · ".join(filter(None, [host, config.get("administration", "")]))

    def books(self, payload: Payload) -> bool:
        return self.config.get("mode") == BOOKING and payload.kind not in SALES_LIST

    def _client(self) -> Client:
        country, access_key = self.config.get("country"), self.secrets.get("access_key")
        if country not in HOSTS or not access_key:
            raise BrokenConfiguration(
                _("Country or access key is missing. Enter them in the settings of this integration.")
            )
        return Client(country=country, access_key=access_key, domain=self.config.get("domain", ""), pace=self._pace())

    def _pace(self) -> Pace:
        if not hasattr(self, "_kept_pace"):
            self._kept_pace = Pace(f"yuki.{self.config.get('country')}/{self.config.get('administration')}")
        return self._kept_pace

    def _administration(self) -> str:
        if not self.config.get("administration"):
            raise BrokenConfiguration(
                _("No administration of Yuki is chosen. Fetch the list, choose one, then test again.")
            )
        return self.config["administration"]

    def _chosen(self) -> str:
        wanted = self._administration()
        for choice in self._client().administrations():
            if choice.code.lower() == wanted.lower():
                return choice.label
        raise BrokenConfiguration(
            _("The access key does not open this administration. Choose another one, or another key.")
        )

    def _book(self, client: Client, payload: Payload, booking: Booking, administration: str) -> str:
        name, data = files(payload)[0]
        answer = client.process_purchase(
            self._invoice(payload, booking, file=(name, data)), administration=administration
        )
        purchase.check_answer(answer)
        return ""  # Yuki tells no id of what it booked

    def _invoice(self, payload: Payload, booking: Booking, *, file):
        return purchase.invoice(
            booking,
            payload.document.seller,
            process=bool(self.config.get("process")),
            remarks=_remarks(payload),
            file=file,
        )

    def _delivered(self, payload: Payload, document: str) -> Delivered:
        name = f"{stem(payload)} ({document})" if document else stem(payload)
        return Delivered(label=_("Yuki: %s") % name, answer_status=200)


def marker(payload: Payload) -> str:
    """What only this sending carries: a name that Yuki can be asked for."""
    return payload.idempotency_key.replace("-", "")[:12]


def stem(payload: Payload) -> str:
    """The common name of its files (Yuki merges files of one name), from the document's number."""
    plain = unicodedata.normalize("NFKD", payload.document.number or "").encode("ascii", "ignore").decode()
    number = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[:60]
    return f"{number or payload.document_id}-{marker(payload)}"


def files(payload: Payload) -> list[tuple[str, bytes]]:
    """The PDF and the e-invoice, as far as there are both; Yuki takes no more in one document."""
    chosen = [
        (_picture(payload), "pdf"),
        (next((file for file in payload.files if file.role == E_INVOICE), None), "xml"),
    ]
    return [(f"{stem(payload)}.{extension}", file.load()) for file, extension in chosen if file is not None]


def _picture(payload: Payload) -> PayloadFile | None:
    """The PDF that came in, else the one that shows the e-invoice."""
    for role in (ORIGINAL, PICTURE):
        for file in payload.files:
            if file.role == role and file.mime_type == _PDF:
                return file
    return None


def _remarks(payload: Payload) -> str:
    return f"Banqup {payload.document_id}"
