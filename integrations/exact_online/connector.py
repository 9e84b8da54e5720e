"""Exact Online: a document with its files for somebody to book, or a booking with both.

Each step looks whether it was done before: ids that were kept, then what stands there under our mark.
"""

import base64
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import destinations, json_amounts
from ..base import BrokenConfiguration, Connector, Delivered, DeliveryError, Payload, Permanent, TestStep
from ..booking import PURCHASE, SALES, Booking, Choice, Lists, Mapping, plan
from ..oauth import Provider
from ..pace import Pace
from . import records
from .client import REFUSALS_AN_HOUR, Exact, account_of, guid, quoted, read_day
from .forms import BOOKING, COUNTRIES, MINUS, ExactOnlineForm

# A refresh is refused before that age of the access token.
REFRESH_NOT_BEFORE = timedelta(seconds=570)
# Types of journals there.
_JOURNALS = {20: SALES, 21: SALES, 22: PURCHASE, 23: PURCHASE}
_VAT_CODES = {"S": SALES, "P": PURCHASE}


class ExactOnlineConnector(Connector):
    key = "exact_online"
    label = gettext_lazy("Exact Online")
    initials = "EO"
    description = gettext_lazy("Puts every approved document with its files into an administration, or books it there.")
    can_update = False
    resend_warning = gettext_lazy("Makes a second document in Exact Online; a booking is never made twice.")
    config_form = ExactOnlineForm
    can_book = True
    needs_consent = True
    max_in_flight = 1  # an account takes one at a time
    administration_field = "division"
    per_client_fields = ("division",)

    @classmethod
    def provider(cls, config: dict) -> Provider:
        base = _base(config)
        return Provider(
            app=_place(config),
            authorize_url=f"{base}/api/oauth2/auth",
            token_url=f"{base}/api/oauth2/token",
            with_pkce=False,
            extra={"force_login": "0"},
            refresh_not_before=REFRESH_NOT_BEFORE,
            account=account_of(base),
        )

    # --- set-up -----------------------------------------------------------------------------------

    def check(self) -> list[TestStep]:
        steps: list[TestStep] = []
        for name, look in self._looks():
            try:
                steps.append(TestStep(name, True, look()))
            except DeliveryError as error:
                return [*steps, TestStep(name, False, error.message)]
        return steps

    def _looks(self):
        yield _("Sign in"), self._signed_in
        yield _("Find the administration"), self._administration
        yield _("Read its relations and documents"), self._readable
        if self.config.get("mode") == BOOKING:
            yield _("Compare the booking with its lists"), self._mapped

    def _signed_in(self) -> str:
        me = self._exact(needs_division=False).me()
        return _("Connected as %s.") % (me.get("FullName") or me.get("UserName") or "?")

    def _administration(self) -> str:
        exact = self._exact()
        found = exact.find("hrm/Divisions", select="Code,Description,VATNumber", where=f"Code eq {exact.division}")
        if not found:
            words = _("There is no administration %s, or the person who connected has no access to it. Choose another.")
            raise BrokenConfiguration(words % exact.division)
        return ", ".join(filter(None, [_division_label(found[0]), found[0].get("VATNumber")])) + "."

    def _readable(self) -> str:
        exact, nobody = self._exact(), "00000000-0000-0000-0000-000000000000"
        exact.find("crm/Accounts", select="ID", where=f"ID eq {guid(nobody)}")
        exact.find("documents/Documents", select="ID", where=f"ID eq {guid(nobody)}")
        return _("Both can be read.")

    def _mapped(self) -> str:
        mapping, lists = Mapping.of(self.config), self.lists()
        chosen = [
            (mapping.journals.values(), lists.journals, _("journal")),
            ([*mapping.accounts.values(), *mapping.parties.values()], lists.accounts, _("account")),
            (mapping.vat.values(), lists.vat_codes, _("VAT code")),
        ]
        for codes, there, name in chosen:
            for code in codes:
                if code not in {one.code for one in there}:
                    words = _("The %(name)s %(code)s does not exist there any more. Choose another under Booking.")
                    raise BrokenConfiguration(words % {"name": name, "code": code})
        if not mapping.journals:
            raise BrokenConfiguration(
                _("Nothing is chosen under Booking yet. Choose journals, accounts and VAT codes.")
            )
        return _("Every journal, account and VAT code exists there.")

    def administrations(self) -> tuple[Choice, ...]:
        exact = self._exact(needs_division=False)
        here = str(exact.me().get("CurrentDivision") or "")
        if not here.isdigit():
            raise BrokenConfiguration(_("Exact Online names no administration of this account."))
        found = exact.find("hrm/Divisions", select="Code,Description", division=here)
        choices = [Choice(str(one["Code"]), _division_label(one)) for one in found]
        return tuple(sorted(choices, key=lambda choice: choice.label.lower()))

    def lists(self) -> Lists:
        exact = self._exact()
        journals = exact.find("financial/Journals", select="Code,Description,Type")
        accounts = exact.find("financial/GLAccounts", select="Code,Description")
        vat_codes = exact.find("vat/VATCodes", select="Code,Description,VATTransactionType,IsBlocked")
        return Lists(
            journals=tuple(
                Choice(one["Code"], _named(one), _JOURNALS[one["Type"]]) for one in journals if one["Type"] in _JOURNALS
            ),
            accounts=tuple(Choice(one["Code"].strip(), _named(one)) for one in accounts),
            vat_codes=tuple(
                Choice(one["Code"].strip(), _named(one), _VAT_CODES.get(one.get("VATTransactionType"), ""))
                for one in vat_codes
                if not one.get("IsBlocked")
            ),
        )

    def summary(self, config: dict) -> str:
        if not config:
            return ""
        where = f"start.exactonline.{config.get('country')}"
        return f"{where}, {config['division']}" if config.get("division") else where

    def preview(self, payload: Payload, booking: Booking) -> str:
        codes = {line.account: _("id of account %s") % line.account for line in booking.lines}
        account, document = _("id of %s") % records.party_name(payload), _("id of the document")
        made = self._entry(booking, account=account, document=document, gl_accounts=codes)
        return f"POST {records.collection(booking)}\n" + json_amounts.written(made, indent=2).decode()

    # --- delivery ---------------------------------------------------------------------------------

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        # Whatever can be known to be wrong is said before anything is sent: refusals there are counted.
        booking = plan(payload, Mapping.of(self.config)) if self.books(payload) else None
        names = records.file_names(payload.files)
        records.party_name(payload)
        exact = self._exact()
        with exact.pace.alone():
            return _Delivery(self, exact, payload, remote, keep).run(names, booking)

    def _entry(self, booking: Booking, **ids) -> dict:
        return records.entry(booking, credit_notes=self.config.get("credit_notes", MINUS), **ids)

    def _exact(self, *, needs_division: bool = True) -> Exact:
        division = str(self.config.get("division") or "")
        if self.config.get("country") not in COUNTRIES or self.access is None:
            raise BrokenConfiguration(
                _("The country of the account is missing. Choose it in the settings of this integration.")
            )
        if needs_division and not division:
            raise BrokenConfiguration(
                _("No administration is chosen yet. Choose one in the settings of this integration.")
            )
        pace = Pace(f"{_place(self.config)}/{division}", budget=REFUSALS_AN_HOUR)
        return Exact(_base(self.config), division, self.access, pace)


class _Delivery:
    """The steps of one push, each done once."""

    def __init__(self, connector: ExactOnlineConnector, exact: Exact, payload: Payload, remote: dict, keep):
        self._connector, self._exact, self._payload = connector, exact, payload
        self._remote, self._keep = remote, keep

    def run(self, names: list[str], booking: Booking | None) -> Delivered:
        account = self._account()
        gl_accounts = self._gl_accounts(booking) if booking else {}
        document, found = self._document(account)
        self._attachments(document, names, may_be_there=found)
        if booking is None:
            label = _("Document %s") % records.subject(self._payload)
        else:
            label = self._entry(booking, account, document, gl_accounts)
        return Delivered(label=label, url=self._remote.get("url", ""))

    def _kept(self, **ids) -> None:
        self._keep(**ids)
        self._remote.update(ids)

    def _account(self) -> str:
        """The relation: the one kept, the one there with this VAT number (or name), or a new one."""
        if self._remote.get("account"):
            return self._remote["account"]
        vat_id = records.vat_id(self._payload)
        name = records.party_name(self._payload)
        where = f"VATNumber eq {quoted(vat_id)}" if vat_id else f"Name eq {quoted(name)}"
        found = self._exact.find("crm/Accounts", select="ID,Code,Name,IsSupplier,Status", where=where)
        # Of several, one that is a supplier (or customer) already; then the oldest code, so that it is always the same.
        found.sort(key=lambda one: (not records.has_role(one, self._payload), str(one.get("Code", ""))))
        if not found:
            account = self._exact.make("crm/Accounts", records.relation(self._payload))["ID"]
        else:
            account = found[0]["ID"]
            if not records.has_role(found[0], self._payload):
                self._exact.change("crm/Accounts", account, records.role(self._payload))
        self._kept(account=account)
        return account

    def _gl_accounts(self, booking: Booking) -> dict[str, str]:
        """The ids of the accounts, which people know by their codes."""
        codes = sorted({line.account for line in booking.lines})
        where = " or ".join(f"Code eq {quoted(code)}" for code in codes)
        found = self._exact.find("financial/GLAccounts", select="ID,Code", where=where)
        ids = {one["Code"].strip(): one["ID"] for one in found}
        missing = [code for code in codes if code not in ids]
        if missing:
            raise Permanent(
                _("Account %s does not exist there. Choose another under Booking, then resend.") % missing[0]
            )
        return ids

    def _document(self, account: str) -> tuple[str, bool]:
        """Its id, and whether it stood there already."""
        if self._remote.get("document"):
            return self._remote["document"], True
        where = f"Account eq {guid(account)} and Subject eq {quoted(records.subject(self._payload))}"
        found = self._exact.find("documents/Documents", select="ID,Subject,DocumentViewUrl", where=where)
        made = found[0] if found else self._exact.make("documents/Documents", records.document(self._payload, account))
        url = str(made.get("DocumentViewUrl") or "")
        self._kept(document=made["ID"], url=url if url.startswith(self._exact.base + "/") else "")
        return made["ID"], bool(found)

    def _attachments(self, document: str, names: list[str], *, may_be_there: bool) -> None:
        """Each file once; one whose answer was lost is known by its name, which is the only one of its kind there."""
        kept = dict(self._remote.get("attachments", {}))
        missing = [name for name in names if name not in kept]
        if missing and may_be_there:
            found = self._exact.find(
                "documents/DocumentAttachments", select="ID,FileName", where=f"Document eq {guid(document)}"
            )
            kept |= {one["FileName"]: one["ID"] for one in found if one["FileName"] in missing}
        for file, name in zip(self._payload.files, names, strict=True):
            if name not in kept:
                content = base64.b64encode(file.load()).decode()
                values = {"Document": document, "FileName": name, "Attachment": content}
                kept[name] = self._exact.make("documents/DocumentAttachments", values)["ID"]
            if self._remote.get("attachments", {}).get(name) != kept[name]:
                self._kept(attachments=dict(kept))

    def _entry(self, booking: Booking, account: str, document: str, gl_accounts: dict[str, str]) -> str:
        """The booking: the one kept, the one there with this number of this party, or a new one."""
        if not self._remote.get("entry"):
            made = self._same_entry(booking, account, document) or self._exact.make(
                records.collection(booking),
                self._connector._entry(booking, account=account, document=document, gl_accounts=gl_accounts),
            )
            self._kept(entry=made["EntryID"], entry_number=str(made.get("EntryNumber", "")))
        return _("Entry %(number)s in journal %(journal)s") % {
            "number": self._remote["entry_number"],
            "journal": booking.journal,
        }

    def _same_entry(self, booking: Booking, account: str, document: str) -> dict | None:
        """The entry that stands there for this document, ours or somebody's: never two of one invoice."""
        party, kind = records.party_field(booking), records.ENTRY_TYPES[booking.direction, booking.is_credit_note]
        found = self._exact.find(
            records.collection(booking),
            select="EntryID,EntryNumber,EntryDate,AmountFC,Type,Document",
            where=f"YourRef eq {quoted(records.reference(booking))} and {party} eq {guid(account)}",
        )
        for one in found:
            if one.get("Document") == document:
                return one
        # Some number their invoices anew each year: another day is another invoice.
        for one in found:
            if one.get("Type") != kind or read_day(one.get("EntryDate")) != booking.issue_date:
                continue
            if abs(one["AmountFC"]) == booking.total:
                return one
            words = _(
                "%(party)s has entry %(entry)s with number %(number)s there already, over another amount. Look at it."
            )
            told = {"party": booking.party_name, "entry": one["EntryNumber"], "number": booking.number}
            raise Permanent(words % told)
        return None


def _place(config: dict) -> str:
    """The name of the app registration, and of the address: each country has its own."""
    return f"exact_online.{config.get('country')}"


def _base(config: dict) -> str:
    return destinations.base_url(_place(config), f"https://start.exactonline.{config.get('country')}")


def _division_label(one: dict) -> str:
    return f"{one.get('Description') or '?'} ({one['Code']})"


def _named(one: dict) -> str:
    return f"{one['Code'].strip()} {one.get('Description') or ''}".strip()
