"""Octopus: each approved document as a booked invoice with its files, or by mail into the dossier's mailbox."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import json_amounts, oauth
from ..base import BrokenConfiguration, Connector, Delivered, DeliveryError, Payload, Permanent, TestStep, TryAgain
from ..booking import Booking, Choice, Lists, Mapping, plan
from ..destinations import base_url
from ..pace import Pace
from . import records
from .client import Client, NumberTaken, PasswordSignIn, direction_of
from .forms import BOOKING, CONSENT, PASSWORD, OctopusForm

OAUTH = "https://service.inaras.be/octopus-oauth"
# So many times another number is taken when somebody books in the same journal at the same time.
NUMBERS_AT_MOST = 5


class OctopusConnector(Connector):
    key = "octopus"
    label = gettext_lazy("Octopus")
    initials = "OC"
    description = gettext_lazy("Books every approved document in a dossier of Octopus, or mails it to its mailbox.")
    can_update = False
    resend_warning = gettext_lazy("May create a second copy in Octopus.")
    config_form = OctopusForm
    secret_fields = ("password",)
    can_book = True
    needs_consent = True
    administration_field = "dossier"
    per_client_fields = ("mailbox", "dossier")

    @classmethod
    def provider(cls, config: dict) -> oauth.Provider:
        place = base_url("octopus.oauth", OAUTH)
        return oauth.Provider(
            app="octopus",
            authorize_url=f"{place}/authorize",
            # Not written anywhere: the usual name beside the one that is.
            token_url=f"{place}/token",
            scopes=("webservice",),
            with_pkce=False,
            with_secret=False,
            refresh_not_before=timedelta(0),
        )

    @classmethod
    def asks_consent(cls, config: dict) -> bool:
        return config.get("mode") == BOOKING and config.get("sign_in") == CONSENT

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        if self.config.get("mode") != BOOKING:
            return self._mail(payload, remote, keep)
        slot = remote.get("booked") or self._book(payload, remote, keep)
        words = _("Octopus: journal %(journal)s, number %(number)d")
        return Delivered(label=words % slot, answer_status=200)

    def check(self) -> list[TestStep]:
        if self.config.get("mode") != BOOKING:
            return [self._tried(_("Ask the mail server about the mailbox"), self._ask_mailbox)]
        steps = []
        for name, action in (
            (_("Sign in"), self._list_dossiers),
            (_("Open the dossier"), self._open_dossier),
            (_("Read the lists"), self._read_lists),
        ):
            steps.append(self._tried(name, action))
            if not steps[-1].ok:
                break
        return steps

    def lists(self) -> Lists:
        client = self._client()
        bookyear = client.current_bookyear()
        return Lists(
            journals=tuple(
                Choice(journal.key, f"{journal.key} {journal.label}".strip(), direction_of(journal.key))
                for journal in client.journals(bookyear)
                if direction_of(journal.key) and not journal.closed
            ),
            accounts=client.accounts(bookyear),
            vat_codes=client.vat_codes(),
        )

    def administrations(self) -> tuple[Choice, ...]:
        return self._client().dossiers()

    def preview(self, payload: Payload, booking: Booking) -> str:
        who = {"externalRelationId": records.external_id(payload, booking)}
        what = records.booking(payload, booking, relation=who, period=None, number=None)
        return json_amounts.written(what, indent=2).decode()

    def summary(self, config: dict) -> str:
        if config.get("mode") != BOOKING:
            return config.get("mailbox", "")
        return _("Dossier %s") % config["dossier"] if config.get("dossier") else ""

    # --- booking ---

    def _book(self, payload: Payload, remote: dict, keep) -> dict:
        """The journal and number under which it stands. One push at a time in a dossier: numbers are a race."""
        booking = plan(payload, Mapping.of(self.config))
        client = self._client()
        with self._pace().alone():
            relation = remote.get("relation")
            if relation is None:
                relation = self._relation(client, payload, booking)
                keep(relation=relation)

            def sent_as(period, number) -> dict:
                return records.booking(payload, booking, relation=relation, period=period, number=number)

            slot = remote.get("slot")
            if slot and self._stands(client, payload, slot, sent_as(None, None)):
                keep(booked=slot)
                return slot
            period = client.period(booking.issue_date)
            last = self._last_number(client, period.bookyear, booking.journal)
            here = {"bookyear": period.bookyear, "journal": booking.journal}
            # A worker that was slower than its lease may have booked it just now.
            newest = {**here, "number": last}
            if last and newest != slot and self._carries_our_mark(client, payload, newest):
                keep(booked=newest)
                return newest
            number = last + 1
            for _try in range(NUMBERS_AT_MOST):
                slot = {**here, "number": number}
                keep(slot=slot)
                what = sent_as(period, number)
                try:
                    client.book({"buySellBookingServiceData": what, "attachments": records.attachments(payload)})
                except NumberTaken:
                    if self._stands(client, payload, slot, what):
                        break
                    number += 1
                    continue
                break
            else:
                raise TryAgain(_("Somebody else books in this journal of Octopus at the moment; it is tried again."))
            keep(booked=slot)
            return slot

    def _stands(self, client: Client, payload: Payload, slot: dict, sent: dict) -> bool:
        found = client.booking(slot["bookyear"], slot["journal"], slot["number"])
        return found is not None and records.is_ours(found, payload, sent)

    def _carries_our_mark(self, client: Client, payload: Payload, slot: dict) -> bool:
        found = client.booking(slot["bookyear"], slot["journal"], slot["number"])
        return found is not None and records.mark(payload) in str(found.get("comment") or "")

    def _last_number(self, client: Client, bookyear: int, key: str) -> int:
        for journal in client.journals(bookyear):
            if journal.key == key:
                if journal.closed:
                    raise Permanent(_("Journal %s of Octopus is closed. Open it there, or choose another one.") % key)
                return journal.last_number
        raise Permanent(_("Octopus has no journal %s in that bookyear. Choose another one under Booking.") % key)

    def _relation(self, client: Client, payload: Payload, booking: Booking) -> dict:
        wanted = {"vatNr": booking.party_vat_id} if booking.party_vat_id else {"name": booking.party_name}
        found = records.known(client.relations(**wanted), booking)
        if found is not None:
            return found
        client.put_relation(records.relation(payload, booking))
        return {"externalRelationId": records.external_id(payload, booking)}

    def _client(self) -> Client:
        if self.config.get("mode") != BOOKING:
            raise BrokenConfiguration(_("Documents go by mail. Choose booking first, save, then fetch the lists."))
        return Client(dossier=self.config.get("dossier", ""), sign_in=self._signed_in(), pace=self._pace())

    def _signed_in(self):
        if self.config.get("sign_in") != PASSWORD:
            return self.access
        user, password = self.config.get("user"), self.secrets.get("password")
        if not user or not password:
            raise BrokenConfiguration(_("User or password is missing. Enter them in the settings of this integration."))
        software_house = oauth.app_of(self.provider(self.config)).client_id
        return PasswordSignIn(user=user, password=password, software_house=software_house)

    def _pace(self) -> Pace:
        if not hasattr(self, "_kept_pace"):
            self._kept_pace = Pace(f"octopus/{self.config.get('dossier')}")
        return self._kept_pace

    # --- mailbox ---

    def _mail(self, payload: Payload, remote: dict, keep) -> Delivered:
        from ..email import message, smtp

        config = {"address": self._mailbox()}
        if "taken" not in remote:
            smtp.send(message.build(payload, config, files=message.chosen(payload, config)))
            keep(taken=message.message_id(payload))
        return Delivered(label=_("Mailed to %s") % config["address"])

    def _ask_mailbox(self) -> str:
        from ..email import smtp

        smtp.ask(self._mailbox())
        return _("A mail for it would be taken. None was sent.")

    def _mailbox(self) -> str:
        if not self.config.get("mailbox"):
            raise BrokenConfiguration(_("The mailbox of the dossier is missing. Enter it in the settings."))
        return self.config["mailbox"]

    # --- the connection test ---

    @staticmethod
    def _tried(name: str, action) -> TestStep:
        try:
            return TestStep(name, True, action())
        except DeliveryError as error:
            return TestStep(name, False, error.message)

    def _list_dossiers(self) -> str:
        return _("%d dossiers can be opened.") % len(self.administrations())

    def _open_dossier(self) -> str:
        self._client().open_dossier()
        return _("Dossier %s is open.") % self.config["dossier"]

    def _read_lists(self) -> str:
        lists = self.lists()
        words = _("%(journals)d journals, %(accounts)d accounts and %(codes)d VAT codes.")
        return words % {
            "journals": len(lists.journals),
            "accounts": len(lists.accounts),
            "codes": len(lists.vat_codes),
        }
