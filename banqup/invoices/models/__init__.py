"""The shared model: one invoice, seen by both spaces."""

from .duplicate import DuplicateDecision
from .event import Event
from .invoice import Attachment, Invoice
from .reading import Reading
from .receipt import Receipt

__all__ = ["Attachment", "DuplicateDecision", "Event", "Invoice", "Reading", "Receipt"]
