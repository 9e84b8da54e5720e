"""The shared model: one invoice, seen by both spaces."""

from .event import Event
from .invoice import Attachment, Invoice
from .receipt import Receipt

__all__ = ["Attachment", "Event", "Invoice", "Receipt"]
