"""How the Peppol network names documents, processes and participants, read off the document itself."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from banqup.einvoicing import Unreadable
from banqup.einvoicing.safe_xml import canonical, parse

from .access_point import Outgoing
from .base import Permanent

# The schemes that stand before the ids where an API wants them whole.
DOCUMENT_SCHEME = "busdox-docid-qns"
PROCESS_SCHEME = "cenbii-procid-ubl"
PARTICIPANT_SCHEME = "iso6523-actorid-upis"
# The last part of a document type id, by what its namespace begins with.
_UBL, _CII = "urn:oasis:names:specification:ubl:", "urn:un:unece:uncefact:"
_VERSIONS = {_UBL: "2.1", _CII: "D16B"}

INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"


@dataclass(frozen=True)
class Kind:
    """The root element, BT-24 and BT-23 of a document, or what stands for them in an answer."""

    root: str
    customization: str
    profile: str


def kind_of(data: bytes) -> Kind:
    """Raises Permanent when `data` does not say what it is."""
    try:
        root = parse(data)
    except Unreadable as error:
        raise Permanent(_("The document can't be read: %s") % error) from error
    if root.tag.startswith("{" + _CII):
        path = "{*}ExchangedDocumentContext/{*}%s/{*}ID"
        customization = root.findtext(path % "GuidelineSpecifiedDocumentContextParameter")
        profile = root.findtext(path % "BusinessProcessSpecifiedDocumentContextParameter")
    else:
        customization, profile = root.findtext("{*}CustomizationID"), root.findtext("{*}ProfileID")
    found = Kind(str(root.tag), (customization or "").strip(), (profile or "").strip())
    if not found.customization or not found.profile:
        raise Permanent(
            _("The document does not say by which rules it was made (BT-23, BT-24), so the network can't carry it.")
        )
    return found


def document_type(root: str, customization: str) -> str:
    """The document type id without its scheme: `namespace::Name##customization::version`."""
    namespace, _brace, name = root.removeprefix("{").partition("}")
    version = next((known for start, known in _VERSIONS.items() if namespace.startswith(start)), "2.1")
    return f"{namespace}::{name}##{customization}::{version}"


def same(one: str, other: str) -> bool:
    """Are these the same participant? With or without the scheme in front; letters may differ in case."""
    return plain(one).lower() == plain(other).lower()


def same_document(found: bytes, ours: bytes) -> bool:
    """The same document, also when it was written anew on its way."""
    if found == ours:
        return True
    try:
        return bool(found) and canonical(parse(found)) == canonical(parse(ours))
    except Unreadable:
        return False


def plain(participant: str) -> str:
    """`0208:0123456789`, also of `iso6523-actorid-upis::0208:0123456789`."""
    return participant.rpartition("::")[2].strip()


def plain_type(document_type: str) -> str:
    """A document type id without the scheme in front."""
    return document_type.removeprefix(f"{DOCUMENT_SCHEME}::")


def outgoing(*, data: bytes, message_id: str, sender: str, recipient: str, filename: str, earlier=()) -> Outgoing:
    """`data` on its way from one participant to another. Raises Permanent with what is missing."""
    if not sender:
        raise Permanent(_("Your own Peppol id is missing. Enter it under Space settings > Company, then resend."))
    kind = kind_of(data)
    return Outgoing(
        message_id=message_id,
        sender=sender,
        recipient=recipient,
        root=kind.root,
        customization=kind.customization,
        profile=kind.profile,
        data=data,
        filename=filename,
        earlier=frozenset(earlier),
    )
