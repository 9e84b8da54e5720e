"""Electronic invoices as bytes and plain data: read, write, recompute, judge, look into PDFs.

Nothing here knows Django or any other part of the product. What is heavy (the
rule engines, PDF libraries) is loaded in child processes only.
"""

from __future__ import annotations

import importlib

_WHERE = {
    "Attachment": "model",
    "AllowanceCharge": "model",
    "Classification": "model",
    "Document": "model",
    "Extra": "model",
    "DocumentReference": "model",
    "Line": "model",
    "Party": "model",
    "PaymentMeans": "model",
    "VatSubtotal": "model",
    "PEPPOL_BILLING": "model",
    "PEPPOL_BILLING_PROCESS": "model",
    "PEPPOL_SELF_BILLING": "model",
    "PEPPOL_SELF_BILLING_PROCESS": "model",
    "Unreadable": "errors",
    "ValidatorUnavailable": "errors",
    "Finding": "report",
    "Layer": "report",
    "Report": "report",
    "PdfFacts": "pdf",
    "ScannedPage": "scan",
    "image_to_png": "pdf",
    "inspect_pdf": "pdf",
    "read_scan": "scan",
    "render_page": "pdf",
    "scan_engine": "scan",
    "split_pdf": "pdf",
    "words_of": "pdf",
    "NotScanned": "viruses",
    "virus_in": "viruses",
    "read": "reader",
    "judge_files": "files",
    "Clarification": "response",
    "Condition": "response",
    "InvoiceResponse": "response",
    "read_response": "response",
    "write_response": "response",
    "MessageLevel": "message_level",
    "is_message_level": "message_level",
    "read_message_level": "message_level",
    "NOT_INVOICES": "profiles",
    "recompute": "calculate",
    "line_net_amount": "calculate",
    "without_extra": "rest",
    "sniff": "sniffing",
    "begin_validation": "client",
    "validate": "client",
    "NotValid": "issuing",
    "belgian_reference": "structured",
    "creditor_reference": "structured",
    "structured_reference": "structured",
    "with_structured_references": "issuing",
    "write": "writer",
    "write_checked": "issuing",
}
__all__ = sorted(_WHERE)


def __getattr__(name: str):
    """Import a public name when it is first asked for, so that importing the package costs nothing."""
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
