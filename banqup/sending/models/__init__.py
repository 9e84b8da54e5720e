"""What we send to customers and suppliers, and what comes back of it."""

from .access_point import AccessPoint, Reach
from .answers import NetworkAnswer, OwedAnswer
from .numbering import IssuedNumber, NumberSeries
from .transmission import ElsewhereRun, Transmission, TransmissionAttempt, TransmissionState, Way

__all__ = [
    "AccessPoint",
    "ElsewhereRun",
    "IssuedNumber",
    "NetworkAnswer",
    "NumberSeries",
    "OwedAnswer",
    "Reach",
    "Transmission",
    "TransmissionAttempt",
    "TransmissionState",
    "Way",
]
