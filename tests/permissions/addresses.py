"""Every address of the product, walked out of the resolver, and how each is filled with somebody's rows."""

import re

from django.urls import URLPattern, get_resolver, reverse

NAMESPACES = ("business", "partner", "integrations")

# (name of the address, parameter, whose row): the first that fits counts. An address that none fits fails the crawl.
FILLING = [
    (r"business:(purchase|sales)_.*", "payment", "payment"),
    (r"business:(purchase|sales)_credit_unlink", "allocation", "allocation"),
    (r"business:(purchase|sales)_duplicate_undo", "decision", "decision"),
    (r"business:(purchase|sales)_.*", "file", "file"),
    (r"business:(purchase|sales)_.*", "number", "page"),
    (r"business:(purchase|sales)_.*", "pk", "invoice"),
    (r"business:creator_.*", "pk", "draft"),
    (r"business:item(_switch)?", "pk", "item"),
    (r"business:receipt", "pk", "receipt"),
    (r"business:unmatched_.*", "pk", "answer"),
    (r"business:run(_stop)?", "pk", "run"),
    (r"partner:run(_stop)?", "pk", "office_run"),
    (r"business:(party|party_self_billing|settings_approval_supplier)", "pk", "contact"),
    (r"business:(party_edit|party_check|statement|statement_send)", "pk", "customer"),
    (r"business:reminder_resume", "pk", "pause"),
    (r"business:letter(_again)?", "pk", "letter"),
    (r"business:reminder_text", "step", "page"),
    (r"business:reminder_text", "language", "language"),
    (r"business:settings_route(_.*)?", "pk", "route"),
    (r"business:settings_substitute_remove", "pk", "substitute"),
    (r"business:settings_person(_.*)?", "pk", "membership"),
    (r"business:settings_engagement_.*", "pk", "engagement"),
    (r"business:settings_inbound_revoke", "pk", "address"),
    (r"business:settings_mailbox(_.*)?", "pk", "mailbox"),
    (r"business:settings_sending_add", "provider", "provider"),
    (r"business:settings_sending_.*", "pk", "access_point"),
    (r"business:extension_(lists|booking|dry_run)", "pk", "books"),
    (r"business:(extension.*|export_resend)", "pk", "integration"),
    (r"business:export_resend", "export", "export"),
    (r".*:(client_)?ledger_send", "invoice", "invoice"),
    (r"business:ledger_send(_missing)?", "integration", "integration"),
    (r"partner:client_ledger(_.*)?", "client_id", "client"),
    (r"partner:client_ledger_send(_missing)?", "integration", "office_integration"),
    (r"partner:template_run.*", "pk", "template_run"),
    (r"partner:template(_.*)?", "pk", "template"),
    (r"partner:template_add", "connector", "connector"),
    (r".*:(client_)?extension_add", "connector", "connector"),
    (r"partner:document_.*", "file", "file"),
    (r"partner:document_.*", "number", "page"),
    (r"partner:document(_.*)?", "pk", "invoice"),
    (r"partner:client_(extension.*|export_resend)", "client_id", "client"),
    (r"partner:client_extension_(lists|booking|dry_run)", "pk", "office_books"),
    (r"partner:client_(extension.*|export_resend)", "pk", "office_integration"),
    (r"partner:client_export_resend", "export", "office_export"),
    (r"partner:client(_.*)?", "pk", "client"),
    (r"partner:engagement_.*", "pk", "invitation"),
    (r"partner:export_resend", "pk", "office_export"),
    (r"partner:settings_person(_.*)?", "pk", "colleague"),
    (r"business:notification", "pk", "notification"),
    (r"partner:notification", "pk", "office_notification"),
    (r"integrations:(inbound|access_point_called)", "token", "token"),
    (r"integrations:answer(_.*)?", "signed", "token"),
    (r".*", "slug", "slug"),
]
# What does not name a row: another value of it is nobody else's.
NO_ROW = {"slug", "number", "step", "language", "connector", "provider", "token", "signed"}


class Unknown(Exception):
    """An address that the crawl can't fill."""


def every() -> list[tuple[str, tuple[str, ...]]]:
    """(name, parameters) of every address in our namespaces."""
    return sorted(_walk(get_resolver().url_patterns, "", ()))


def _walk(patterns, namespace, parameters):
    for pattern in patterns:
        own = (*parameters, *pattern.pattern.converters)
        if isinstance(pattern, URLPattern):
            if namespace in NAMESPACES:
                assert pattern.name, f"{pattern} has no name, so nothing can test it"
                yield f"{namespace}:{pattern.name}", own
        elif pattern.namespace in (None, *NAMESPACES):
            yield from _walk(pattern.url_patterns, pattern.namespace or namespace, own)


def meaning(name: str, parameter: str) -> str:
    for pattern, known, what in FILLING:
        if known == parameter and re.fullmatch(pattern, name):
            return what
    raise Unknown(f"{name}: say in FILLING what its {parameter} is")


def filled(name, parameters, rows, **other) -> str:
    """The address with the rows of one side; `other` replaces single parameters."""
    values = {parameter: rows.value(name, meaning(name, parameter)) for parameter in parameters}
    return reverse(name, kwargs=values | other)


class Rows:
    """The rows of one pair of business and office: `rows.value(name, what)`."""

    def __init__(self, business, office, purchase, sales, **values):
        self.business, self.office, self.purchase, self.sales = business, office, purchase, sales
        self.values = values

    def value(self, name, what):
        if what == "slug":
            return self.office.slug if name.startswith("partner:") else self.business.slug
        belongings = self.sales if ":sales_" in name else self.purchase
        hanging = {
            "invoice": lambda: belongings.invoice.pk,
            "payment": lambda: belongings.payment.pk,
            "allocation": lambda: belongings.allocation.pk,
            "decision": lambda: belongings.decision.pk,
            "file": lambda: belongings.file.pk,
            "receipt": lambda: belongings.receipt.pk,
            "export": lambda: belongings.export.pk,
            "office_export": lambda: belongings.office_export.pk,
            "client": lambda: self.business.pk,
            "page": lambda: 1,
            "language": lambda: "nl",
            "connector": lambda: "folder",
            "provider": lambda: "peppyrus",
            "token": lambda: "there-is-no-such-token",
        }
        return hanging[what]() if what in hanging else self.values[what]


EVERY = every()
