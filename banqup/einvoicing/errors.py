"""What goes wrong with a document that came in, in words its receiver can act on."""

from __future__ import annotations


class Unreadable(Exception):
    """The bytes cannot be taken as the document they claim to be.

    `code` is a stable slug for programs: `empty`, `too-large`, `too-deep`,
    `too-many-elements`, `not-xml`, `truncated`, `doctype`, `not-utf8`,
    `unknown-encoding`, `unknown-document`, `bad-value`, `no-file`, `no-e-invoice`,
    `encrypted-pdf`, `broken-pdf`, `pdf-too-large`, `pdf-timeout`, `no-such-page`,
    `broken-image`.
    `message` says in plain words what is wrong and the way out.
    `field` names the business term (such as `BT-115`) where one is to blame.
    """

    def __init__(self, code: str, message: str, field: str | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    def __reduce__(self):
        return (type(self), (self.code, self.message, self.field))


class ValidatorUnavailable(Exception):
    """The validator service could not be had, so nothing was judged.

    This is never a verdict on a document: the caller tries again later.
    """
