"""The documents that belong together with one: for its page."""

from django.utils.translation import gettext as _

from banqup.actions import chain


def chained(invoice) -> list[dict]:
    """Each neighbour with what it is to this document, what came before it first."""
    words = {
        chain.Relation.CREDITS: _("Credits"),
        chain.Relation.CREDITED_BY: _("Credited by"),
        chain.Relation.COPY_OF: _("Made from"),
        chain.Relation.COPIED_AS: _("Issued again as"),
    }
    return [
        {"relation": words[link.relation], "invoice": link.invoice, "url": link.invoice.get_absolute_url()}
        for link in chain.of(invoice)
    ]
