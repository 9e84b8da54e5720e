"""Which answer may follow which on the Peppol network (BIS 63, T111; LIFECYCLE §6).

AB < IP < UQ < CA < RE/AP < PD. A question and a partial payment may be said again; a refusal and the
full payment are final; after the approval only payments may be told. The same rule holds for what
we say of a purchase and for what customers say of a sale.
"""

from collections.abc import Iterable

from banqup.invoices.reasons import Answer

_ORDER = {
    Answer.RECEIVED: 0,
    Answer.IN_PROCESS: 1,
    Answer.QUERIED: 2,
    Answer.CONDITIONAL: 3,
    Answer.REFUSED: 4,
    Answer.ACCEPTED: 4,
    Answer.PARTLY_PAID: 5,
    Answer.PAID: 6,
}
_FINAL = frozenset({Answer.REFUSED, Answer.PAID})
_PAYMENTS = frozenset({Answer.PARTLY_PAID, Answer.PAID})
_MAY_REPEAT = frozenset({Answer.QUERIED, Answer.PARTLY_PAID})
# Nothing is lost when it is not said because something higher is.
PASSING = frozenset({Answer.RECEIVED, Answer.IN_PROCESS, Answer.QUERIED, Answer.CONDITIONAL, Answer.PARTLY_PAID})


def follows(before: Answer | None, new: Answer) -> bool:
    """Whether `new` may be said when `before` is the highest answer that was given (None: none was)."""
    if before is None:
        return True
    if before in _FINAL:
        return False
    if before == Answer.ACCEPTED:
        return new in _PAYMENTS
    if new == before:
        return new in _MAY_REPEAT
    return _ORDER[new] > _ORDER[before]


def highest(answers: Iterable[Answer]) -> Answer | None:
    """The one that counts of those that were given; None of none."""
    return max((Answer(answer) for answer in answers), key=_ORDER.__getitem__, default=None)
