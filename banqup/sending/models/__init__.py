"""What we send to customers and suppliers, and what comes back of it."""

from .access_point import AccessPoint, Reach
from .answers import NetworkAnswer, OwedAnswer
from .numbering import IssuedNumber, NumberSeries
from .transmission import Transmission, TransmissionAttempt, TransmissionState, Way

__all__ = [
    "AccessPoint",
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
