"""IP addresses: which of them say anything about a subscriber."""

import ipaddress
from typing import Final, TypeAlias

from longbien.casework.case import Severity
from longbien.casework.completeness.judged import WRONG_FORM, Judged, good
from longbien.casework.completeness.remarks import Fault, fault

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 5737, RFC 3849, RFC 9637: written in books, used by nobody
_DOCUMENTATION: Final = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    )
)
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598
_PRIVATE: Final = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
)


def judge_ip(text: str) -> Judged:
    """Judge an address, or a network written ``ADDRESS/LENGTH``."""
    if "/" in text:
        return _network(text)
    address = find_address(text)
    if address is None:
        return WRONG_FORM
    return good(str(address), *_faults_of(address))


def find_address(text: str) -> Address | None:
    """Read an address; None for anything else.  An embedded IPv4 address counts as itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def _faults_of(address: Address) -> tuple[Fault, ...]:
    if any(address in network for network in _DOCUMENTATION):
        return (fault("ip.documentation", Severity.WRONG),)
    if any(address in network for network in _PRIVATE):
        return (fault("ip.private", Severity.WRONG),)
    if address in _SHARED:
        return (fault("ip.shared", Severity.WRONG),)
    return () if address.is_global else (fault("ip.reserved", Severity.WRONG),)


def _network(text: str) -> Judged:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return WRONG_FORM
    if network.num_addresses == 1:
        return judge_ip(str(network.network_address))
    count = network.num_addresses
    return good(str(network), fault("ip.network", Severity.RISKY, count=_rounded(count)))


def _rounded(count: int) -> str:
    return str(count) if count < 10**6 else "more than a million"
