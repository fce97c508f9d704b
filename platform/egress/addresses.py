"""The address policy: which IP addresses a connection may be made to.

Own lists, because `ipaddress.is_global` changes with Python's patch version and lets NAT64, 6to4
and multicast through. Sources: IANA's IPv4 and IPv6 special-purpose registries (2025-10-09) and
the clouds' documentation of their metadata services.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from egress.policy import Policy

SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared by carriers
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's wire server
        "169.254.0.0/16",  # link local, metadata services
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # IETF protocols, Oracle's metadata service
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

GLOBAL_V6 = IPv6Network("2000::/3")

SPECIAL_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocols: Teredo, benchmarking, AMT, ORCHID …
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

# Forms that carry an IPv4 address inside. They are refused as they stand: unwrapping them would
# make the policy depend on how the host's network stack happens to translate.
EMBEDDED_V4 = tuple(
    IPv6Network(text)
    for text in (
        "::/96",  # IPv4-compatible; `::1` is told apart before
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local use
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
    )
)

# Not even the operator's `allow_cidrs` opens these: nothing a tenant runs lives there.
NEVER = tuple(
    (IPv6Network if ":" in text else IPv4Network)(text)
    for text in (
        "0.0.0.0/8",
        "100.100.100.200/32",  # Alibaba metadata
        "168.63.129.16/32",  # Azure
        "169.254.0.0/16",  # metadata of AWS, GCP, Azure, Tencent, Scaleway …
        "192.0.0.192/32",  # Oracle metadata
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fd00:c1::a9fe:a9fe/128",  # Oracle metadata
        "fd00:42::42/128",  # Scaleway metadata
        "fd00:ec2::/32",  # AWS metadata, DNS, time, pod identity
        "fd20:ce::254/128",  # GCP metadata
        "fe80::/10",
        "ff00::/8",
    )
)

_LOOPBACK_V6 = IPv6Address("::1")


def is_allowed(text: str, policy: Policy) -> bool:
    """Whether a connection to this address may be made. Anything that is no address is refused."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if _within(address, NEVER):
        return False
    if isinstance(address, IPv4Address):
        return policy.opens(address) or not _within(address, SPECIAL_V4)
    if address.scope_id is not None:
        return False
    if address != _LOOPBACK_V6 and _within(address, EMBEDDED_V4):
        return False
    if policy.opens(address):
        return True
    return address in GLOBAL_V6 and not _within(address, SPECIAL_V6)


def _within(
    address: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]
) -> bool:
    return any(address in network for network in networks)
