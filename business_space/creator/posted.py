"""What was posted from the creator's form: which button, for which customer, and the rows as it leaves them."""

from django.conf import settings
from django.utils.translation import gettext as _

from banqup.actions import attaching, drafts, items
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import notify
from banqup.contacts.models import Contact, Item
from banqup.invoices.models import Attachment
from business_space.space import address
from integrations import reaching

from . import page
from .rows import rearranged


class Posted:
    """`action` is the button's value: a name, and after colons the row or the row of the database it is about."""

    def __init__(self, request, draft):
        self.request, self.draft = request, draft
        self.action, *self.about = request.POST.get("action", "save").split(":")
        if self.action == "enter":  # the key, in whatever field: in the search it searches
            self.action = "find_contact" if self._query("customer_q") else "save"
        self.data, self.extra, self.goes_to = request.POST, {}, ""
        self.contact = self._contact()
        rearrange = getattr(self, f"_{self.action}", None) if self.action in _ACTIONS else None
        self.saves = self.action not in _LOOKING
        self.shows_what_was_posted = self.action in _ROWS
        if rearrange is not None:
            rearrange()

    @property
    def version(self) -> int:
        """What the page was made of. A form without it can't be compared: it counts as changed."""
        given = self.request.POST.get("version", "")
        return int(given) if given.isdecimal() and len(given) < 12 else -1

    def _number(self, position: int = 0) -> int:
        given = self.about[position] if len(self.about) > position else ""
        return int(given) if given.isdecimal() and len(given) < 12 else -1

    def _contact(self) -> Contact | None:
        chosen = self.about[:1] if self.action == "choose_contact" else [self.request.POST.get("contact", "")]
        given = chosen[0] if chosen else ""
        if not given.isdecimal() or len(given) > 18:
            # A form that says nothing of the customer changes nothing about it.
            return None if "contact" in self.request.POST else self.draft.counterparty
        return Contact.objects.filter(space=self.draft.space_id, pk=given).first()

    # --- rows -----------------------------------------------------------------------------------
    def _add_line(self):
        self.data = rearranged(self.data, "lines", lambda rows: rows.append(_after(rows)))
        self.extra["focus"] = "line-last"

    def _add_charge(self):
        self.data = rearranged(self.data, "charges", lambda rows: rows.append({"is_charge": "1", "vat": self._vat()}))

    def _vat(self) -> str:
        return self.request.POST.get("lines-0-vat", "")

    def _remove_line(self):
        self.data = rearranged(self.data, "lines", lambda rows: _take(rows, self._number()))

    def _remove_charge(self):
        self.data = rearranged(self.data, "charges", lambda rows: _take(rows, self._number()))

    def _up(self):
        self._move(-1)

    def _down(self):
        self._move(1)

    def _move(self, step):
        here = self._number()

        def swap(rows):
            if 0 <= here < len(rows) and 0 <= here + step < len(rows):
                rows[here], rows[here + step] = rows[here + step], rows[here]

        self.data = rearranged(self.data, "lines", swap)
        self.extra["focus"] = f"{'up' if step < 0 else 'down'}-{here + step}"

    def _use_item(self):
        item = Item.objects.filter(space=self.draft.space_id, pk=self._number(1)).first()

        def fill(rows):
            if item is not None and 0 <= self._number() < len(rows):
                page.with_item(rows[self._number()], item)

        self.data = rearranged(self.data, "lines", fill)
        self.extra["focus"] = f"quantity-{self._number()}"

    def _reference(self):
        self.data = self.data.copy()
        self.data["payment_reference"] = drafts.reference_for(self.draft)

    # --- looking, without keeping ---------------------------------------------------------------
    def _find_contact(self):
        self.extra |= {"choosing": True, "found_customers": page.customers(self.draft, self._query("customer_q"))}
        self.extra["customer_q"] = self._query("customer_q")

    def _find_item(self):
        query = self._query(f"lines-{self._number()}-name")
        self.extra["found_items"] = {"row": self._number(), "items": page.items(self.draft.space, query), "asked": True}

    def _query(self, name: str) -> str:
        return self.request.POST.get(name, "").replace("\x00", "").strip()[:100]

    # --- after it was kept ----------------------------------------------------------------------
    def afterwards(self, saved, form):
        """What the button does besides; returns the draft as it is then. Raises NotAllowed, NotPossible, TryLater."""
        done = getattr(self, f"then_{self.action}", None)
        if done is None:
            return saved
        done(saved, form)
        fresh = type(saved).objects.select_related("counterparty").get(pk=saved.pk)
        fresh.space = saved.space
        return fresh

    def then_attach(self, saved, form):
        files = self.request.FILES.getlist("files")
        if not files:
            raise NotPossible(_("Choose one or more files first."))
        for file in files:
            data = file.read(settings.BANQUP_MAX_UPLOAD_BYTES + 1)
            attaching.attach(invoice=saved, data=data, filename=file.name or "", by=self.request.user)

    def then_remove_file(self, saved, form):
        attachment = saved.attachments.filter(pk=self._number(), role=Attachment.Role.APPENDIX).first()
        if attachment is None:
            raise NotPossible(_("That file was removed already."))
        drafts.detach(invoice=saved, attachment=attachment, by=self.request.user)

    def then_stands_alone(self, saved, form):
        drafts.set_stands_alone(invoice=saved, stands_alone=True, by=self.request.user)

    def then_names_one(self, saved, form):
        drafts.set_stands_alone(invoice=saved, stands_alone=False, by=self.request.user)

    def then_keep_item(self, saved, form):
        row = form.lines.forms[self._number()] if 0 <= self._number() < len(form.lines.forms) else None
        if row is None or row.is_blank:
            raise NotPossible(_("Fill the line in first."))
        line = row.result()
        made = items.save(
            space=saved.space,
            name=line.name or "",
            description=line.description or "",
            unit=line.unit or "C62",
            price=line.net_price,
            vat_category=line.vat_category or "S",
            vat_rate=line.vat_rate,
            by=self.request.user,
        )
        notify(self.request, _("%s is kept as an item.") % made.name)

    def then_reach(self, saved, form):
        if self.contact is None:
            raise NotPossible(_("Choose whom it is for first."))
        found = reaching.look_up(space=saved.space, contact=self.contact, by=self.request.user, anew=True)
        reached = _("%s can be reached over Peppol.") if found.can_receive else _("%s can't be reached over Peppol.")
        notify(self.request, " ".join(filter(None, [reached % self.contact.name, found.words])))

    def then_new_contact(self, saved, form):
        self.goes_to = address("creator_customer", saved.space.slug, saved.pk)


def _after(rows) -> dict:
    """A new line, with the VAT of the one before it."""
    return {"quantity": "1", "unit": "C62", "vat": rows[-1].get("vat", "") if rows else "S:21"}


def _take(rows, number):
    if 0 <= number < len(rows):
        del rows[number]


_ROWS = {"add_line", "add_charge", "remove_line", "remove_charge", "up", "down", "use_item", "reference", "keep_item"}
_LOOKING = {"find_contact", "find_item"}
_ACTIONS = _ROWS | _LOOKING
