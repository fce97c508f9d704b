from ipaddress import ip_address

import pytest

from egress.policy import Policy


@pytest.mark.parametrize(
    ("public_url", "own"),
    [
        ("https://patchbay.example.net", "patchbay.example.net"),
        ("https://patchbay.example.net:8443/x", "patchbay.example.net"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost", "localhost:80"),
        ("https://demo.localhost", "demo.localhost:443"),
        ("http://[::1]:8000", "::1:8000"),
    ],
)
def test_the_public_url_says_which_hosts_lead_back_to_us(public_url: str, own: str) -> None:
    assert Policy.of(public_url=public_url).own_hosts == {own}


def test_no_public_url_means_no_own_host() -> None:
    assert Policy.of().own_hosts == frozenset()


def test_a_wrong_network_stops_the_start() -> None:
    with pytest.raises(ValueError, match="host bits"):
        Policy.of(allow_cidrs=["10.0.0.1/8"])


def test_localhost_means_the_loopback_addresses_that_are_open() -> None:
    assert Policy.of().loopback() == ()
    assert Policy.of(allow_cidrs=["127.0.0.0/8"]).loopback() == ("127.0.0.1",)
    assert Policy.of(allow_cidrs=["::1/128", "127.0.0.1/32"]).loopback() == ("127.0.0.1", "::1")


def test_private_names_need_a_network_beyond_loopback() -> None:
    assert not Policy.of(allow_cidrs=["127.0.0.0/8", "::1/128"]).opens_private_names()
    assert Policy.of(allow_cidrs=["127.0.0.0/8", "10.0.0.0/8"]).opens_private_names()


def test_a_network_opens_its_own_addresses_only() -> None:
    policy = Policy.of(allow_cidrs=["10.1.0.0/16"])
    assert policy.opens(ip_address("10.1.255.255"))
    assert not policy.opens(ip_address("10.2.0.0"))
