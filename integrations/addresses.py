"""Which addresses may be called: the guard against requests into our own network (SSRF).

Checked when an address is entered *and* for every connection: a name is resolved once, every answer
is judged, and the connection goes to the judged address, so a name can't change its mind in between.
"""

import ipaddress
import socket

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

# Elsewhere other services listen that speak to whoever sends them a line.
PUBLIC_PORTS = frozenset({443, 8443})
PRIVATE_PORTS = frozenset({80, 443, *range(8000, 10000)})

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")


class AddressRefused(Exception):
    """The address may not be called; the message says why and what to enter instead."""


class NameNotFound(Exception):
    """The name does not resolve at the moment."""


def private_allowed() -> bool:
    return settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS


def check_url(url: str) -> None:
    """Raises AddressRefused unless `url` has an allowed form; resolves nothing."""
    wrong = _("This is not a web address. Enter one like https://example.com/banqup.")
    if any(character.isspace() or ord(character) < 32 or character == "\\" for character in url):
        raise AddressRefused(wrong)
    try:
        parts = httpx.URL(url)  # the parser that the request will use: two parsers would disagree somewhere
    except (httpx.InvalidURL, UnicodeError) as error:
        raise AddressRefused(wrong) from error
    if parts.scheme not in (("https", "http") if private_allowed() else ("https",)) or not parts.host:
        raise AddressRefused(_("Enter an address that begins with https://."))
    if parts.userinfo or "@" in parts.netloc.decode("ascii", "replace"):
        raise AddressRefused(_("Leave user name and password out of the address; the signature proves who sends."))
    port = parts.port if parts.port is not None else {"https": 443, "http": 80}[parts.scheme]
    if port not in (PRIVATE_PORTS if private_allowed() else PUBLIC_PORTS):
        raise AddressRefused(_("Port %d can't be used. Use 443.") % port)


def resolve(host: str, port: int) -> list[tuple]:
    """The one place that asks for names: `(family, sockaddr)` each."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NameNotFound(_("The name %s can't be found.") % host) from error
    return [(family, sockaddr) for family, _type, _proto, _name, sockaddr in found]


def checked(host: str, port: int) -> list[str]:
    """The addresses of `host`, every one of them judged. Raises AddressRefused, NameNotFound."""
    addresses = list(dict.fromkeys(sockaddr[0] for _family, sockaddr in resolve(host, port)))
    if not addresses:
        raise NameNotFound(_("The name %s can't be found.") % host)
    for address in addresses:
        if not may_connect(address):
            raise AddressRefused(
                _("%s leads into a private network, where nothing may be sent. Enter a public address.") % host
            )
    return addresses


def may_connect(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return all(_one_may_connect(each) for each in _inside(ip))


def _one_may_connect(ip) -> bool:
    # Never, also where private networks are allowed: machine metadata, groups, "this host".
    if ip.is_multicast or ip.is_link_local or ip.is_unspecified:
        return False
    if ip.version == 4 and ip.is_reserved:
        return False
    return private_allowed() or (ip.is_global and ip not in _LOCAL_NAT64)


def _inside(ip):
    """`ip` and every IPv4 address that it carries inside (mapped, 6to4, Teredo, NAT64, compatible)."""
    yield ip
    if ip.version == 4:
        return
    yield from filter(None, [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())])
    value = int(ip)
    if ip in _NAT64 or (value >> 32 == 0 and value > 1):
        yield ipaddress.IPv4Address(value & 0xFFFFFFFF)
