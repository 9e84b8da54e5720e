"""From bytes to `Document`."""

from __future__ import annotations

from . import names, rest
from .cii_read import read_cii
from .errors import Unreadable
from .model import Document
from .safe_xml import parse
from .ubl_read import read_ubl


def read(data: bytes) -> Document:
    """Read a UBL 2.1 Invoice or CreditNote or a CII CrossIndustryInvoice, whatever prefixes it uses.

    Nothing is judged here: what is missing stays None and wrong totals are
    kept as they were sent. What UBL says beyond the model stands in `extra`;
    what CII says beyond it is in the original only. Raises `Unreadable`:
    everything `safe_xml.parse` raises, `unknown-document` for other XML, and
    `bad-value` (with `.field`) where an amount, date, flag or file cannot be one.
    """
    root = parse(data)
    namespace, _, local = root.tag.rpartition("}")
    namespace = namespace.lstrip("{")
    if (namespace, local) in ((names.INVOICE, "Invoice"), (names.CREDIT_NOTE, "CreditNote")):
        return rest.keep(root, read_ubl(root))
    if (namespace, local) == (names.CII, "CrossIndustryInvoice"):
        return read_cii(root)
    if namespace == names.APPLICATION_RESPONSE:
        raise Unreadable("unknown-document", "This is an answer to an invoice and not an invoice.")
    raise Unreadable(
        "unknown-document",
        f"The file is XML, but its root element {local!r} is not that of an e-invoice (UBL or CII).",
    )
