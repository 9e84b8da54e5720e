"""SOAP 1.1 as Yuki speaks it: envelopes out, results and faults in. No network here."""

import html

from lxml import etree

from banqup.einvoicing import Unreadable
from banqup.einvoicing.safe_xml import parse

NAMESPACE = "http://www.theyukicompany.com/"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
# Characters that XML 1.0 can't carry, escaped or not.
_NOT_XML = dict.fromkeys([*range(0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)], " ")
for _allowed in (0x09, 0x0A, 0x0D):
    del _NOT_XML[_allowed]


class NotSoap(ValueError):
    """The answer is no SOAP envelope."""


class Fault(Exception):
    """What Yuki says instead of a result: free text."""


def envelope(method: str, parameters: dict) -> bytes:
    """One call; the order of `parameters` is the order on the wire. Elements are put in as they are."""
    root = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"soap": _ENVELOPE})
    call = etree.SubElement(
        etree.SubElement(root, f"{{{_ENVELOPE}}}Body"), f"{{{NAMESPACE}}}{method}", nsmap={None: NAMESPACE}
    )
    for name, value in parameters.items():
        element = etree.SubElement(call, f"{{{NAMESPACE}}}{name}")
        if isinstance(value, etree._Element):
            element.append(value)
        else:
            element.text = text(value)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def text(value) -> str:
    """`value` as XML can carry it."""
    return str(value).translate(_NOT_XML)


def result(body: bytes, method: str) -> etree._Element:
    """The element <MethodResult> of an answer. Raises Fault, NotSoap."""
    try:
        root = parse(body)
    except Unreadable as error:
        raise NotSoap(str(error)) from error
    for element in root.iter("{*}Fault"):
        raise Fault(value_of(element, "faultstring") or value_of(element, "Text") or value_of(element, "faultcode"))
    for element in root.iter(f"{{*}}{method}Response"):
        found = element.find(f"{{*}}{method}Result")
        # An empty result is left out by some servers.
        return found if found is not None else element
    raise NotSoap(f"no {method}Response")


def unfolded(element: etree._Element) -> etree._Element:
    """`element` with its content as elements, also where it came as escaped text."""
    content = html.unescape(element.text or "").strip() if len(element) == 0 else ""
    if not content.startswith("<"):
        return element
    try:
        return parse(content.encode())
    except Unreadable:
        return element


def value_of(element: etree._Element, name: str) -> str:
    """The text of the first descendant called `name`, in any namespace and case of its first letter."""
    for each in (name, name[:1].swapcase() + name[1:]):
        found = element.find(f".//{{*}}{each}")
        if found is not None:
            return (found.text or "").strip()
    return ""
