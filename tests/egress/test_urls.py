import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from egress.errors import AddressRefused, UrlRefused
from egress.policy import Policy
from egress.urls import CheckedUrl, _parse_twice, check_url
from tests.egress.hostile import FAMILIES, OWN_HOST, good_urls, hostile_urls

PUBLIC = Policy.of(public_url=f"https://{OWN_HOST}")
DEMO = Policy.of(allow_cidrs=["127.0.0.0/8"], public_url="http://127.0.0.1:8000")
PRIVATE = Policy.of(allow_cidrs=["10.0.0.0/8", "fd12::/16"])


def accepted(url: str, scheme: str = "https", policy: Policy = PUBLIC) -> CheckedUrl | None:
    try:
        return check_url(url, schemes=(scheme,), policy=policy)
    except UrlRefused:
        return None


def test_the_hostile_table_is_large_and_every_family_is_in_it() -> None:
    assert sum(len(hostile_urls(scheme)) for scheme in ("https", "wss")) >= 1500
    assert all(len(set(family())) >= 30 for family in FAMILIES.values())


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_no_hostile_url_is_accepted(scheme: str) -> None:
    assert [url for url in hostile_urls(scheme) if accepted(url, scheme)] == []


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_every_good_url_is_accepted(scheme: str) -> None:
    assert [url for url in good_urls(scheme) if not accepted(url, scheme)] == []


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_the_canonical_url_is_accepted_and_stays_as_it_is(scheme: str) -> None:
    for url in good_urls(scheme):
        once = check_url(url, schemes=(scheme,), policy=PUBLIC)
        assert check_url(once.url, schemes=(scheme,), policy=PUBLIC) == once


def test_refusals_are_few_fixed_sentences_that_show_nothing_of_the_url_but_its_port() -> None:
    sentences = set()
    for url in hostile_urls("https"):
        with pytest.raises(AddressRefused) as caught:
            check_url(url, schemes=("https",), policy=PUBLIC)
        assert caught.value.code == "upstream_refused"
        assert caught.value.detail.endswith(".")
        sentences.add(re.sub(r"Port [0-9]+", "Port N", caught.value.detail))
    assert len(sentences) == 20


@pytest.mark.parametrize(
    ("url", "schemes", "words"),
    [
        ("http://llm.example.com", ("https",), "use https://"),
        ("HTTP://llm.example.com", ("https",), "use https://"),
        ("ws://stt.example.com", ("wss",), "use wss://"),
        ("https://stt.example.com", ("wss",), "start with wss://"),
        ("http://stt.example.com", ("wss",), "start with wss://"),
        ("", ("https",), "Enter a URL"),
        ("https://u:p@llm.example.com", ("https",), "as authentication"),
        ("https://localhost", ("https",), "localhost is this machine"),
        ("https://llm.example.com:22", ("https",), "Port 22"),
        (f"https://{OWN_HOST}/a/x", ("https",), "back to Patchbay"),
    ],
)
def test_the_sentence_says_what_to_do(url: str, schemes: tuple[str, ...], words: str) -> None:
    with pytest.raises(UrlRefused, match=words):
        check_url(url, schemes=schemes, policy=PUBLIC)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://LLM.Example.com.:443", "https://llm.example.com/"),
        ("https://bücher.de:8443/ä?ö=1", "https://xn--bcher-kva.de:8443/%C3%A4?%C3%B6=1"),
        ("https://h.com/%7e~?a=%2F&b=c+d", "https://h.com/%7e~?a=%2F&b=c+d"),
        ("https://h.com?x=1", "https://h.com/?x=1"),
        ("https://h.com/a|b", "https://h.com/a%7Cb"),
    ],
)
def test_the_target_is_kept_byte_for_byte_where_it_can_be(url: str, canonical: str) -> None:
    assert check_url(url, schemes=("https",), policy=PUBLIC).url == canonical


@pytest.mark.parametrize(
    "url",
    ["https://h.com:0/", "https://h.com:65536/", "https://h.com\\@i.com/", "https://[h.com]x/"],
)
def test_two_parsers_that_disagree_are_enough_to_refuse(url: str) -> None:
    with pytest.raises(UrlRefused, match="cannot be read"):
        _parse_twice(url)


def test_localhost_is_usable_exactly_when_loopback_is_open() -> None:
    for url in ("https://localhost:3000/v1", "https://llm.test.localhost:3000/v1"):
        assert accepted(url) is None
        assert accepted(url, policy=PRIVATE) is None
        assert accepted(url, policy=DEMO)


def test_an_address_is_usable_only_inside_the_operators_networks() -> None:
    for url in ("https://127.0.0.1:3000/v1", "https://127.9.9.9/"):
        assert accepted(url) is None
        assert accepted(url, policy=PRIVATE) is None
        checked = accepted(url, policy=DEMO)
        assert checked is not None
        assert checked.literal
    checked = accepted("https://[fd12::7]:8443/", policy=PRIVATE)
    assert checked is not None
    assert checked.authority == "[fd12::7]:8443"
    assert accepted("https://[fd12::07]/", policy=PRIVATE) is None, "not the canonical spelling"
    assert accepted("https://8.8.8.8/", policy=PRIVATE) is None


def test_metadata_is_refused_even_inside_the_operators_networks() -> None:
    policy = Policy.of(allow_cidrs=["0.0.0.0/0", "::/0"])
    for host in ("169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[::ffff:10.0.0.1]"):
        assert accepted(f"https://{host}/", policy=policy) is None
    for name in (
        "metadata.google.internal",
        "instance-data.ec2.internal",
        "kubernetes.default.svc",
    ):
        assert accepted(f"https://{name}/", policy=policy) is None


def test_private_names_and_ports_are_usable_when_a_private_network_is_open() -> None:
    for url in ("https://llm.internal:5432/", "https://api.default.svc.cluster.local:6379/"):
        assert accepted(url, policy=DEMO) is None
        assert accepted(url, policy=PRIVATE)
    assert accepted("https://llm.internal:80/", policy=PRIVATE) is None
    assert accepted("https://llm.example.com:5432/", policy=PRIVATE) is None


def test_our_own_address_is_refused_on_our_port_only() -> None:
    assert accepted("https://127.0.0.1:8000/a/x", policy=DEMO) is None
    assert accepted("https://127.0.0.1:8001/a/x", policy=DEMO)


@given(st.text(max_size=60))
def test_no_text_makes_the_check_fail_otherwise(text: str) -> None:
    for url in (text, f"https://{text}", f"https://llm.example.com{text}"):
        checked = accepted(url)
        if checked is not None:
            assert checked.url.isascii()


@given(st.from_regex(r"https://[a-z0-9.\-:@\[\]%0-9]{1,30}(/[a-z]*)?", fullmatch=True))
def test_whatever_is_accepted_reads_the_same_to_both_parsers(url: str) -> None:
    checked = accepted(url)
    if checked is not None:
        split, parsed = urlsplit(checked.url), URL(checked.url)
        assert split.hostname == parsed.raw_host == checked.host
        assert (split.port or 443) == parsed.port == checked.port
