"""Network reach of a channel's address: a name or an IP address, in every form that resolvers and HTTP clients accept.

A secret goes with every call to a channel, so an address is https, and never one that only the function itself or its
host answers: the Lambda runtime's API is on loopback, instance metadata on a link-local address.
The blocks are those of https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sister.
"""

from __future__ import annotations

import ipaddress
import re
from enum import Enum
from typing import Annotated
from urllib.parse import urlsplit

from generator.spec.scalars import Scalar, show, wrong

LONGEST = 2048
EXAMPLE = "https://itsm.example.com/hooks/aws"


class AddressReach(Enum):
    """The network of a host: the public Internet, a private network, or only the machine itself."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOCAL = "local"


_LOCAL = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"),
            # fd00:ec2::/32 has the instance metadata, the name server and the clock of EC2 over IPv6.
            *("::/127", "fe80::/10", "ff00::/8", "fd00:ec2::/32", "2001::/32"),
        ),
    )
)
_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "fc00::/7", "fec0::/10"),
    )
)
# IPv6 blocks in which the last 32 bits are an IPv4 address: mapped, compatible, NAT64.
_EMBEDDING = tuple(
    map(ipaddress.ip_network, ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48"))
)
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
# Usual names of private networks, which are not registered domains: RFC 6762, appendix G, RFC 8375, and AWS.
_PRIVATE_ENDINGS = ("internal", "local", "localdomain", "intranet", "private", "corp", "home", "lan", "home.arpa")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?")


def reach(host: str) -> AddressReach | None:
    """The network of a host, written as in an address, without brackets; None where no host is written like this."""
    host = host.lower()
    if ":" in host:
        try:
            return _reach_of_ip(ipaddress.ip_address(host.partition("%")[0]))
        except ValueError:
            return None
    if not _NAME.fullmatch(host):
        return None
    labels = host.rstrip(".").split(".")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        # No top-level domain looks like this, so clients read an address: 127.1, 0x7f000001 and 2130706433 too.
        number = _ipv4(labels)
        return None if number is None else _reach_of_ip(ipaddress.IPv4Address(number))
    if labels[-1] == "localhost":
        return AddressReach.LOCAL
    private = len(labels) == 1 or any(f".{host.rstrip('.')}".endswith(f".{ending}") for ending in _PRIVATE_ENDINGS)
    return AddressReach.PRIVATE if private else AddressReach.PUBLIC


def _ipv4(labels: list[str]) -> int | None:
    """The 32 bits that inet_aton reads: one to four numbers, decimal, octal or hexadecimal, the last fills the rest."""
    if len(labels) > 4:
        return None
    numbers = [_number(label) for label in labels]
    if any(number is None for number in numbers):
        return None
    *first, last = (number or 0 for number in numbers)
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    return sum(number << 8 * (3 - index) for index, number in enumerate(first)) + last


def _number(label: str) -> int | None:
    try:
        if label.startswith("0x"):
            return int(label[2:] or "0", 16)
        return int(label, 8) if label.startswith("0") else int(label)
    except ValueError:
        return None


def _reach_of_ip(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> AddressReach:
    if isinstance(address, ipaddress.IPv6Address):
        if address in _SIX_TO_FOUR:
            return _reach_of_ip(ipaddress.IPv4Address(int(address) >> 80 & 0xFFFFFFFF))
        if any(address in block for block in _EMBEDDING):
            return _reach_of_ip(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if any(address in block for block in _LOCAL):
        return AddressReach.LOCAL
    return AddressReach.PRIVATE if any(address in block for block in _PRIVATE) else AddressReach.PUBLIC


def channel_address(value: object) -> str:
    """An https address that is not the function's own machine; whether it may be private is the channel's to say."""
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > LONGEST or re.search(r"[\x00-\x20\x7f\\]", text):
        raise wrong(f"expected an https URL, got {show(value)}", f"use a URL such as {EXAMPLE}")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise wrong(f"expected a URL, got {show(value)}", f"use a URL such as {EXAMPLE}") from None
    if parts.scheme == "http":
        raise wrong("http would expose the secret of this channel", f"write https://{text[7:]}")
    if parts.scheme != "https" or not host:
        raise wrong(f"expected an https URL, got {show(value)}", f"use a URL such as {EXAMPLE}")
    if "@" in parts.netloc:
        raise wrong("this URL contains a user name or password", "move it to the secret of the channel")
    if not host.isascii():
        raise wrong(f"the host {show(host)} has characters that are not ASCII", "write it in Punycode (xn--)")
    reachability = reach(host)
    if reachability is None:
        raise wrong(f"{show(host)} is not a valid host name", f"use a URL such as {EXAMPLE}")
    if reachability is AddressReach.LOCAL:
        raise wrong(f"{show(host)} is a loopback, link-local or reserved address", f"use a URL such as {EXAMPLE}")
    return text


def is_private(address: str) -> bool:
    """True if only a private network has the host of an address that `channel_address` accepted."""
    return reach(urlsplit(address).hostname or "") is AddressReach.PRIVATE


ChannelAddress = Annotated[
    str, Scalar(channel_address, type="string", pattern=r"^https://[^\s/$.?#\\@][^\s\\]*$", maxLength=LONGEST)
]
