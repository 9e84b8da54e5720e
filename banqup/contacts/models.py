"""Suppliers and customers of a space. They grow from its documents."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.common.fields import PriceField
from banqup.spaces.models import Address, Space


class Contact(Address):
    """A supplier or customer, known by VAT number, Peppol id, or name alone."""

    class AutoApprove(models.TextChoices):
        SPACE = "space", _("As the space says")
        ALWAYS = "always", _("Every correct e-invoice")
        NEVER = "never", _("Never")

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="contacts")
    is_supplier = models.BooleanField(_("supplier"), default=False)
    is_customer = models.BooleanField(_("customer"), default=False)
    trusted = models.BooleanField(_("trusted"), default=False)
    auto_approve = models.CharField(
        _("approve on arrival"), max_length=10, choices=AutoApprove, default=AutoApprove.SPACE
    )
    iban = models.CharField("IBAN", max_length=34, blank=True, help_text=_("The account last seen on a document."))
    # Article 224(1) of the VAT directive: we may issue the supplier's invoices once both agreed to it.
    self_billing = models.BooleanField(_("we issue its invoices"), default=False)
    mandate_from = models.DateField(_("agreed from"), null=True, blank=True)
    mandate_until = models.DateField(_("agreed until"), null=True, blank=True)
    # As a customer. How documents go to it: a `sending.models.Way`; empty: the best way that there is.
    send_by = models.CharField(_("send by"), max_length=10, blank=True)
    language = models.CharField(_("language of documents"), max_length=5, blank=True)
    terms_days = models.PositiveSmallIntegerField(_("days to pay"), null=True, blank=True)
    buyer_reference = models.CharField(_("their reference"), max_length=100, blank=True, help_text="BT-10")
    wants_reminders = models.BooleanField(_("may be reminded"), default=True)
    # Where its papers have what was corrected by hand: business term → hint (einvoicing.extraction.learn).
    learned = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("contact")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["space", "vat_id"], condition=~Q(vat_id=""), name="contact_vat_once"),
        ]
        indexes = [
            models.Index(fields=["space", "endpoint_id"], name="contact_endpoint"),
            models.Index(fields=["space", "name"], name="contact_name"),
        ]

    def __str__(self):
        return self.name

    def lets_us_bill(self, day: date) -> bool:
        """May we issue an invoice of this supplier on `day`? The first and the last day count."""
        return (
            self.self_billing
            and self.mandate_from is not None
            and self.mandate_from <= day
            and (self.mandate_until is None or day <= self.mandate_until)
        )


class Item(models.Model):
    """What a space sells, to be chosen in a line of a document. The price is without VAT."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="items")
    code = models.CharField(_("item number"), max_length=50, blank=True, help_text="BT-155")
    name = models.CharField(_("name"), max_length=200, help_text="BT-153")
    description = models.CharField(_("description"), max_length=500, blank=True, help_text="BT-154")
    unit = models.CharField(_("unit"), max_length=3, default="C62", help_text="BT-130, UN/ECE Recommendation 20")
    price = PriceField(_("price"), null=True, blank=True, help_text="BT-146, of one unit, without VAT")
    vat_category = models.CharField(_("VAT category"), max_length=2, default="S", help_text="BT-151")
    vat_rate = PriceField(_("VAT rate in %"), null=True, blank=True, help_text="BT-152")
    is_active = models.BooleanField(_("offered"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("item")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["space", "code"], condition=~Q(code=""), name="item_code_once"),
        ]
        indexes = [models.Index(fields=["space", "name"], name="item_name")]

    def __str__(self):
        return self.name


# Field by field, how a party of a document fills a contact that does not know it yet.
_LEARNED = (
    "company_id",
    "company_scheme",
    "endpoint_id",
    "endpoint_scheme",
    "street",
    "postal_code",
    "city",
    "country",
    "email",
)


def remember(*, space: Space, party, iban: str = "", supplier: bool) -> Contact | None:
    """Find or add the contact for `party` (any object with the attributes of an e-invoicing Party).

    Known fields are never overwritten: a document may be wrong about the party it names. Returns
    None when the party has no name.
    """
    if party is None or not party.name:
        return None
    vat_id = (party.vat_id or "").replace(" ", "").replace(".", "").upper()
    known = Contact.objects.filter(space=space)
    contact = None
    if vat_id:
        contact = known.filter(vat_id=vat_id).first()
    elif party.endpoint_id:
        contact = known.filter(endpoint_id=party.endpoint_id, endpoint_scheme=party.endpoint_scheme or "").first()
    if contact is None and not vat_id:
        contact = known.filter(name=party.name[:200], vat_id="").first()
    learned = {
        name: value[: Contact._meta.get_field(name).max_length]
        for name in _LEARNED
        if (value := getattr(party, name, None))
    }
    flag = "is_supplier" if supplier else "is_customer"
    if contact is None:
        # get_or_create: two documents of one new supplier may arrive at the same moment.
        keys = (
            {"space": space, "vat_id": vat_id[:20]}
            if vat_id
            else {"space": space, "vat_id": "", "name": party.name[:200]}
        )
        defaults = {"name": party.name[:200], flag: True, "iban": iban, **learned}
        contact, created = Contact.objects.get_or_create(**keys, defaults=defaults)
        if created:
            return contact
    changes = {name: value for name, value in learned.items() if not getattr(contact, name)}
    if not getattr(contact, flag):
        changes[flag] = True
    if iban and not contact.iban:
        changes["iban"] = iban
    if changes:
        for name, value in changes.items():
            setattr(contact, name, value)
        contact.save(update_fields=list(changes))
    return contact


def recognised(*, space: Space, vat_ids=(), company_ids=(), ibans=()) -> Contact | None:
    """The contact that carries one of these identifiers (compact), the VAT number counting most; else None."""
    known = Contact.objects.filter(space=space)
    for field, values in (("vat_id", vat_ids), ("company_id", company_ids), ("iban", ibans)):
        if values and (found := known.filter(**{f"{field}__in": list(values)[:50]}).order_by("pk").first()):
            return found
    return None


def learn(contact: Contact, hints: dict) -> None:
    """Add hints to what is known of its papers; the newest of a term counts."""
    if hints:
        contact.learned = {**contact.learned, **hints}
        contact.save(update_fields=["learned"])
