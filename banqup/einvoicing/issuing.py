"""The door out: a document that we write leaves as bytes only when the official rules accept it."""

from __future__ import annotations

from dataclasses import replace

from . import client
from .model import Document, PaymentMeans
from .report import Report
from .structured import structured_reference
from .writer import write


class NotValid(Exception):
    """The rules refuse the document; `report` says why, finding by finding."""

    def __init__(self, report: Report):
        super().__init__("; ".join(f"{found.rule}: {found.message}" for found in report.fatal))
        self.report = report

    def __reduce__(self):
        return (type(self), (self.report,))


def write_checked(document: Document, *, socket_path: str | None = None) -> bytes:
    """The e-invoice of `document`, judged by the layers of its own profile before anybody gets it.

    Nothing is computed (call `recompute` before); only structured references
    get their customary form. Raises `NotValid` with the report, what `write`
    raises, and `ValidatorUnavailable`, which is no verdict.
    """
    data = write(with_structured_references(document))
    report = client.validate(data, socket_path=socket_path)
    if not report.valid:
        raise NotValid(report)
    return data


def with_structured_references(document: Document) -> Document:
    """`document` with each BT-83 that is a structured reference in the form that banks and books match by."""
    return replace(document, payment_means=tuple(_matched(item) for item in document.payment_means))


def _matched(means: PaymentMeans) -> PaymentMeans:
    reference = structured_reference(means.remittance_information or "")
    return replace(means, remittance_information=reference) if reference else means
