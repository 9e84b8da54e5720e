"""The shared model: one invoice, seen by both spaces."""

from .duplicate import DuplicateDecision
from .event import Event
from .invoice import Attachment, Invoice
from .receipt import Receipt

__all__ = ["Attachment", "DuplicateDecision", "Event", "Invoice", "Receipt"]
