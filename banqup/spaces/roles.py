"""Who may do what: roles of a membership and the capabilities they carry (LIFECYCLE §4, §5).

Business and partner roles are separate. An administrator manages people and integrations but does
not approve or pay by that role alone (separation of duties, C10); the first user of a space gets
all roles of its kind.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    ADMINISTRATOR = "ADM", _("Administrator")
    PURCHASE_RESPONSIBLE = "PR", _("Purchase responsible")
    PURCHASE_ASSISTANT = "PA", _("Purchase assistant")
    SALES_RESPONSIBLE = "SR", _("Sales responsible")
    SALES_ASSISTANT = "SA", _("Sales assistant")
    FINANCIAL_RESPONSIBLE = "FR", _("Financial responsible")
    AUDITOR = "AUD", _("Read-only")
    ACCOUNTANT = "ACC", _("Accountant")
    CLIENT_MANAGER = "CM", _("Client manager")


BUSINESS_ROLES = (
    Role.ADMINISTRATOR,
    Role.PURCHASE_RESPONSIBLE,
    Role.PURCHASE_ASSISTANT,
    Role.SALES_RESPONSIBLE,
    Role.SALES_ASSISTANT,
    Role.FINANCIAL_RESPONSIBLE,
    Role.AUDITOR,
)
PARTNER_ROLES = (Role.ADMINISTRATOR, Role.ACCOUNTANT, Role.CLIENT_MANAGER)


class Capability(TextChoices):
    VIEW_DOCUMENTS = "view_documents", _("see documents")
    COMMENT = "comment", _("comment on documents")
    IMPORT_PURCHASE = "import_purchase", _("import purchase documents")
    IMPORT_SALES = "import_sales", _("import sales documents")
    EDIT_PURCHASE = "edit_purchase", _("complete purchase documents")
    EDIT_SALES = "edit_sales", _("complete sales documents")
    APPROVE_PURCHASE = "approve_purchase", _("approve purchase documents")
    APPROVE_SALES = "approve_sales", _("approve sales documents")
    CLOSE_SALES = "close_sales", _("close or resolve sales documents")
    PAY_PURCHASE = "pay_purchase", _("record payments of purchase documents")
    PAY_SALES = "pay_sales", _("record payments of sales documents")
    RESEND_PURCHASE = "resend_purchase", _("send purchase documents to integrations")
    RESEND_SALES = "resend_sales", _("send sales documents to integrations")
    MANAGE_INTEGRATIONS = "manage_integrations", _("manage integrations")
    MANAGE_PEOPLE = "manage_people", _("manage people and settings")
    PROCESS = "process", _("mark documents as processed")
    MANAGE_CLIENTS = "manage_clients", _("manage clients")


C = Capability
CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ADMINISTRATOR: frozenset(
        {
            C.VIEW_DOCUMENTS,
            C.COMMENT,
            C.MANAGE_INTEGRATIONS,
            C.MANAGE_PEOPLE,
            C.RESEND_PURCHASE,
            C.RESEND_SALES,
            C.MANAGE_CLIENTS,
        }
    ),
    Role.PURCHASE_RESPONSIBLE: frozenset(
        {
            C.VIEW_DOCUMENTS,
            C.COMMENT,
            C.IMPORT_PURCHASE,
            C.EDIT_PURCHASE,
            C.APPROVE_PURCHASE,
            C.PAY_PURCHASE,
            C.RESEND_PURCHASE,
        }
    ),
    Role.PURCHASE_ASSISTANT: frozenset({C.VIEW_DOCUMENTS, C.COMMENT, C.IMPORT_PURCHASE, C.EDIT_PURCHASE}),
    Role.SALES_RESPONSIBLE: frozenset(
        {
            C.VIEW_DOCUMENTS,
            C.COMMENT,
            C.IMPORT_SALES,
            C.EDIT_SALES,
            C.APPROVE_SALES,
            C.CLOSE_SALES,
            C.PAY_SALES,
            C.RESEND_SALES,
        }
    ),
    Role.SALES_ASSISTANT: frozenset({C.VIEW_DOCUMENTS, C.COMMENT, C.IMPORT_SALES, C.EDIT_SALES}),
    Role.FINANCIAL_RESPONSIBLE: frozenset({C.VIEW_DOCUMENTS, C.COMMENT, C.CLOSE_SALES, C.PAY_PURCHASE, C.PAY_SALES}),
    Role.AUDITOR: frozenset({C.VIEW_DOCUMENTS}),
    Role.ACCOUNTANT: frozenset(
        {C.VIEW_DOCUMENTS, C.COMMENT, C.PROCESS, C.RESEND_PURCHASE, C.RESEND_SALES, C.MANAGE_INTEGRATIONS}
    ),
    Role.CLIENT_MANAGER: frozenset({C.MANAGE_CLIENTS}),
}

# What a role of one kind of space never carries in the other: an administrator of a Partner Space
# manages clients and people there, and sees client documents only as an accountant.
_ONLY_BUSINESS = frozenset({C.VIEW_DOCUMENTS, C.COMMENT, C.RESEND_PURCHASE, C.RESEND_SALES})

# What an accountant may do besides for a business that delegated it (LIFECYCLE C12).
DELEGATED = frozenset({C.APPROVE_PURCHASE})


def capabilities(roles, *, partner: bool) -> frozenset[Capability]:
    """Everything the `roles` of one membership allow together."""
    allowed: set[Capability] = set()
    for role in roles:
        granted = CAPABILITIES[Role(role)]
        if partner and role == Role.ADMINISTRATOR:
            granted = granted - _ONLY_BUSINESS
        if not partner and role == Role.ADMINISTRATOR:
            granted = granted - {C.MANAGE_CLIENTS}
        allowed |= granted
    return frozenset(allowed)


def roles_with(capability: Capability, *, partner: bool) -> list[Role]:
    """The roles that carry `capability`: what a disabled button tells its reader to ask for."""
    offered = PARTNER_ROLES if partner else BUSINESS_ROLES
    return [role for role in offered if capability in capabilities([role], partner=partner)]
