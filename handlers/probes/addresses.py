"""Which addresses a probe may connect to.

The operator chooses the targets, but a name or a redirect of somebody else may lead to an address of the function
itself: its runtime interface on the loopback, or credentials on a link-local address. Those are refused after each
resolution, and the connection is made to the very address that was checked.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry.xhtml
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv4 addresses that gateways translate to: the last 32 bits are the address.
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
# Of AWS, on IPv6: instance metadata, time, DNS. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
_METADATA = ipaddress.ip_network("fd00:ec2::/32")


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """private: whether private networks may be reached, as from a VPC. local: whether the machine itself may be, in
    tests and in `obsgen probe`.
    """

    private: bool = False
    local: bool = False

    def refusal(self, address: str) -> str:
        """Why an address is not connected to; empty where it may be."""
        ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        if ip.is_loopback and self.local:
            return ""
        if ip.is_loopback or ip.is_unspecified:
            return f"{ip} is an address of the function itself"
        if ip.is_link_local or (ip.version == 6 and ip in _METADATA):  # noqa: PLR2004
            return f"{ip} is link-local, as metadata and credentials are"
        if ip.is_multicast or ip == ipaddress.IPv4Address("255.255.255.255"):
            return f"{ip} is not the address of one host"
        if ip.is_global or self.private:
            return ""
        return f"{ip} is private, and this runner is not in a VPC"


def _unwrapped(ip: Ip) -> Ip:
    """The IPv4 address inside an IPv6 address that means one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    inner = ip.ipv4_mapped or ip.sixtofour
    if inner is None and any(ip in network for network in _NAT64):
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    # `::a.b.c.d`, which is deprecated, but not `::` and `::1`.
    if inner is None and int(ip) >> 32 == 0 and int(ip) > 0xFFFF:
        inner = ipaddress.IPv4Address(int(ip))
    return inner or ip
