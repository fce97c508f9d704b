import random
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egress.addresses import EMBEDDED_V4, GLOBAL_V6, NEVER, SPECIAL_V4, SPECIAL_V6, is_allowed
from egress.policy import Policy
from tests.egress.hostile import ADDRESSES

CLOSED = Policy()
# What Microsoft's AntiSSRF recommends (IANA registries of 2025-10-09 and Azure's addresses).
RECOMMENDED = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
    "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
    "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::1/128", "::/128",
    "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32",
    "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
    "fec0::/10", "ff00::/8",
)  # fmt: skip
PUBLIC = (
    "8.8.8.8", "1.1.1.1", "9.9.9.9", "52.1.2.3", "172.15.255.255", "172.32.0.0", "100.63.255.255",
    "100.128.0.0", "192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "1.0.0.0",
    "168.63.129.15", "168.63.129.17", "2606:4700::1111", "2a00:1450::1", "2400:cb00::1",
    "2001:4860:4860::8888", "2600:1f00::1", "2001:200::1", "2001:db7:ffff::1", "2003::1",
)  # fmt: skip


def test_the_must_refuse_set_has_51_addresses() -> None:
    assert len(set(ADDRESSES)) == 51


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_the_must_refuse_set_is_refused(address: str) -> None:
    assert not is_allowed(address, CLOSED)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_allowed(address, CLOSED)


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "127.1", "0x7f.1", "2130706433", "8.8.8.8 ", "008.8.8.8", "8.8.8.8.", "::g"],
)
def test_what_is_no_canonical_address_is_refused(text: str) -> None:
    assert not is_allowed(text, CLOSED)


@pytest.mark.parametrize("address", ["2606:4700::1111%1", "2606:4700::1111%eth0", "fe80::1%lo"])
def test_a_scope_id_is_refused(address: str) -> None:
    assert not is_allowed(address, Policy.of(allow_cidrs=["::/0"]))


@pytest.mark.parametrize("text", RECOMMENDED)
def test_every_range_is_refused_from_its_first_to_its_last_address(text: str) -> None:
    network = ip_network(text)
    chosen = random.Random(text)
    span = int(network.broadcast_address) - int(network.network_address)
    inside = [0, 1, span - 1, span, *(chosen.randint(0, span) for _ in range(2000))]
    for offset in inside:
        address = type(network.network_address)(
            int(network.network_address) + min(max(offset, 0), span)
        )
        assert not is_allowed(str(address), CLOSED)


def neighbours(networks: tuple[IPv4Network | IPv6Network, ...]) -> list[IPv4Address | IPv6Address]:
    """The addresses just outside each range."""
    found: list[IPv4Address | IPv6Address] = []
    for network in networks:
        kind = type(network.network_address)
        for number in (int(network.network_address) - 1, int(network.broadcast_address) + 1):
            if 0 <= number < 2**network.max_prefixlen:
                found.append(kind(number))
    return found


def test_the_lists_end_exactly_at_their_boundaries() -> None:
    for address in neighbours(SPECIAL_V4):
        special = any(address in network for network in SPECIAL_V4)
        assert is_allowed(str(address), CLOSED) is not special, address
    for address in neighbours((GLOBAL_V6, *SPECIAL_V6)):
        public = address in GLOBAL_V6 and not any(address in each for each in SPECIAL_V6)
        assert is_allowed(str(address), CLOSED) is public, address


@given(st.ip_addresses())
def test_only_addresses_outside_every_special_range_are_allowed(
    address: IPv4Address | IPv6Address,
) -> None:
    special = any(address in ip_network(text) for text in RECOMMENDED)
    if special or (address.version == 6 and address not in GLOBAL_V6):
        assert not is_allowed(str(address), CLOSED)
    else:
        assert is_allowed(str(address), CLOSED)


def test_the_operator_opens_networks_but_never_metadata_or_disguises() -> None:
    everything = Policy.of(allow_cidrs=["0.0.0.0/0", "::/0"])
    for address in ("127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12::1", "4000::1"):
        assert is_allowed(address, everything)
    for network in (*NEVER, *EMBEDDED_V4):
        last = str(network.broadcast_address)
        assert not is_allowed(last, everything), last
    assert not is_allowed("::ffff:10.0.0.1", everything)
    assert not is_allowed("::ffff:8.8.8.8", everything)


def test_one_open_network_opens_nothing_else() -> None:
    policy = Policy.of(allow_cidrs=["127.0.0.0/8"])
    assert [each for each in ADDRESSES if is_allowed(each, policy)] == ["127.0.0.1", "127.8.8.8"]
    assert is_allowed("8.8.8.8", policy)
    assert not is_allowed("::1", policy)
    assert ip_address("127.255.255.255") in policy.allow_cidrs[0]
