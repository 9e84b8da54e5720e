"""What a signature is put under: a digest of everything that the document says."""

import hashlib
import json


def data_sha256(data: dict) -> str:
    """SHA-256 (hex) of an invoice's `data`, whatever the order of its keys."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
