"""JSON whose numbers are Decimals, to the digit, on the way out and on the way in."""

import json
import re
from decimal import Decimal

# A Decimal on its way into JSON, between two characters that no document uses.
_AMOUNT = re.compile(r'"\\ue000(-?[0-9.]+)\\ue000"')


def written(value, *, indent: int | None = None) -> bytes:
    text = json.dumps(value, indent=indent, default=lambda amount: f"\ue000{amount:f}\ue000")
    return _AMOUNT.sub(r"\1", text).encode()


def read(body: bytes):
    """Raises ValueError when it is no JSON."""
    return json.loads(body, parse_float=Decimal)
