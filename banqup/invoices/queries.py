"""The business vocabulary of invoice queries. Every one starts from a space."""

from django.db import models
from django.db.models import Q

from .statuses import AccountingStatus, DocumentStatus, GeneralStatus

# Counting stops here: nobody acts on "10,000 or more" differently, and counting more costs every page.
COUNT_CAP = 10_000


class InvoiceQuerySet(models.QuerySet):
    def of_business(self, space):
        """What a business sees of its own."""
        return self.filter(space=space)

    def of_clients(self, partner):
        """What an accountant's space sees: released or awaiting documents of active clients, no drafts (§10.9)."""
        return self.filter(
            space__engagements_as_business__partner=partner, space__engagements_as_business__status="active"
        ).exclude(document_status=DocumentStatus.DRAFT)

    def present(self):
        """Not in the recycle bin."""
        return self.filter(deleted_at=None)

    def purchase(self):
        return self.filter(is_sales=False)

    def sales(self):
        return self.filter(is_sales=True)

    def drafts(self):
        """Not sent yet, of both lists: as an index holds them, for every page counts them."""
        return self.filter(is_sales__in=(False, True), general_status=GeneralStatus.DRAFT)

    def awaiting_validation(self):
        return self.filter(general_status=GeneralStatus.AWAITING_VALIDATION)

    def to_check(self):
        """The accountant's *To check*: ready to process."""
        return self.filter(accounting_status=AccountingStatus.READY_TO_PROCESS)

    def client_action_needed(self):
        return self.filter(accounting_status=AccountingStatus.CLIENT_ACTION_NEEDED)

    def processed(self):
        return self.filter(accounting_status=AccountingStatus.PROCESSED)

    def attention_first(self):
        return self.order_by("attention", "sort_date", "id")

    def search(self, text: str):
        """Every word of `text` occurs in party, number, amount, reference, IBAN or file name."""
        found = self
        for word in text.lower().split()[:8]:
            found = found.filter(Q(search_text__contains=word))
        return found

    def capped_count(self) -> int:
        """How many, but never counting past COUNT_CAP."""
        return self.order_by()[:COUNT_CAP].count()
