"""The two lists of a business, purchase and sales: what differs between their pages."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from banqup.invoices import statuses
from banqup.invoices.models.receipt import Direction
from banqup.spaces.roles import Capability


@dataclass(frozen=True)
class Side:
    """`name` is also the path, the prefix of the addresses' names and the direction of a receipt."""

    name: str
    is_sales: bool
    title: str
    short_title: str
    party: str
    tabs: tuple
    may_import: Capability
    may_edit: Capability
    may_approve: Capability
    may_resend: Capability
    icon: str
    nothing_yet: str
    ways: str

    def url(self, name: str, space, *args) -> str:
        """`PURCHASE.url("detail", space, 5)`"""
        return reverse(f"business:{self.name}_{name}", args=[space.slug, *args])

    def documents(self, invoices):
        """Those of `invoices` that stand in this list: present, and no drafts."""
        present = invoices.present().filter(is_sales=self.is_sales)
        return present.exclude(general_status=statuses.GeneralStatus.DRAFT)


PURCHASE = Side(
    name=Direction.PURCHASE.value,
    is_sales=False,
    title=_("Purchase invoices"),
    short_title=_("Purchase"),
    party=_("Supplier"),
    tabs=statuses.PURCHASE_TABS,
    may_import=Capability.IMPORT_PURCHASE,
    may_edit=Capability.EDIT_PURCHASE,
    may_approve=Capability.APPROVE_PURCHASE,
    may_resend=Capability.RESEND_PURCHASE,
    icon="arrow-down-tray",
    nothing_yet=_("No purchase invoices yet"),
    ways=_("Correct e-invoices are approved on arrival; everything else waits here until you approve it."),
)
SALES = Side(
    name=Direction.SALES.value,
    is_sales=True,
    title=_("Sales invoices"),
    short_title=_("Sales"),
    party=_("Customer"),
    tabs=statuses.SALES_TABS,
    may_import=Capability.IMPORT_SALES,
    may_edit=Capability.EDIT_SALES,
    may_approve=Capability.APPROVE_SALES,
    may_resend=Capability.RESEND_SALES,
    icon="arrow-up-tray",
    nothing_yet=_("No sales invoices yet"),
    ways=_("Import the invoices you have sent. Each waits here until you approve it."),
)
SIDES = (PURCHASE, SALES)


def side_of(invoice) -> Side:
    return SALES if invoice.list_is_sales else PURCHASE
