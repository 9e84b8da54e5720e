"""What the rules said about a document, as plain data that fits in JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass

FATAL = "fatal"
WARNING = "warning"


@dataclass(frozen=True)
class Layer:
    """One set of rules. `judged` is false where the profile asks for it but no engine ran it."""

    name: str
    version: str = ""
    engine: str = ""
    judged: bool = True


@dataclass(frozen=True)
class Finding:
    """One broken rule.

    `rule` is the published id, or `XSD`, `ENGINE`, `TIMEOUT`, `UNSUPPORTED`,
    `MORE` (a word on findings left out, a warning), or `UNREADABLE:<code>` for
    a file that cannot be read at all.
    `message` is in plain words with the values of the document; `official` is
    the publisher's text or, for a layer that is re-implemented, the engine's.
    `field` is the business term (`BT-115`), `label` its name in EN 16931,
    `location` a path such as `/Invoice/cac:InvoiceLine[2]`, `proposal` what to do.
    `fix` is the value to write into `field` where it can be computed.
    """

    rule: str
    severity: str
    message: str
    official: str = ""
    field: str | None = None
    label: str | None = None
    location: str = ""
    proposal: str | None = None
    fix: str | None = None


@dataclass(frozen=True)
class Report:
    """The verdict. `valid` means that no judged layer found anything fatal.

    `profile` names the specification the document says it follows. A layer
    with `judged` false took no part, so `valid` says nothing about its rules.
    """

    valid: bool
    profile: str
    layers: tuple[Layer, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def fatal(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == FATAL)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity != FATAL)

    def to_dict(self) -> dict:
        """Strings, booleans, lists and None only."""
        return {
            "valid": self.valid,
            "profile": self.profile,
            "layers": [asdict(layer) for layer in self.layers],
            "findings": [asdict(finding) for finding in self.findings],
        }

    @classmethod
    def from_dict(cls, data: dict) -> Report:
        """The reverse of `to_dict`. Raises KeyError or TypeError for other shapes."""
        return cls(
            valid=data["valid"],
            profile=data["profile"],
            layers=tuple(Layer(**layer) for layer in data["layers"]),
            findings=tuple(Finding(**finding) for finding in data["findings"]),
        )


def failed(rule: str, message: str, profile: str = "unknown", proposal: str | None = None, layers=()) -> Report:
    """A report with one fatal finding: the document was not judged to the end."""
    finding = Finding(rule, FATAL, message, proposal=proposal)
    return Report(False, profile, tuple(layers), (finding,))
