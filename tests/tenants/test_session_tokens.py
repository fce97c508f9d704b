import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants import session_tokens
from tenants.plans import PLANS
from tenants.selectors import Caller, caller_of_session
from tenants.session_tokens import SessionClaims

NOW = 1_800_000_000.0
CLAIMS = SessionClaims(
    tenant_id="ten_" + "0" * 26,
    agent_id="agt_" + "0" * 26,
    channels=frozenset({"llm", "voice"}),
    issuer="ab" * 32,
    expires_at=int(NOW) + 600,
)
ISSUER = Caller(
    CLAIMS.tenant_id, "key_1", CLAIMS.issuer, frozenset({"manage"}), "", PLANS["pro"], None
)


def issued(claims: SessionClaims = CLAIMS, key: str = "signing") -> str:
    return session_tokens.issue(claims, key).reveal()


def test_token_gives_back_what_was_put_into_it() -> None:
    assert session_tokens.verify(issued(), ["signing"], NOW) == CLAIMS


def test_token_fits_a_url_and_its_published_pattern() -> None:
    assert re.fullmatch(session_tokens.PATTERN, issued())
    assert len(issued()) < session_tokens.MAX_LENGTH


def test_token_ends_at_its_expiry_and_not_a_second_before() -> None:
    assert session_tokens.verify(issued(), ["signing"], CLAIMS.expires_at - 1)
    assert session_tokens.verify(issued(), ["signing"], CLAIMS.expires_at) is None


def test_token_of_another_signing_key_is_refused_unless_it_is_a_fallback() -> None:
    assert session_tokens.verify(issued(key="old"), ["new"], NOW) is None
    assert session_tokens.verify(issued(key="old"), ["new", "old"], NOW) == CLAIMS


def test_token_with_any_one_character_changed_is_refused() -> None:
    text = issued()
    for position in range(len(text)):
        other = "A" if text[position] != "A" else "B"
        changed = text[:position] + other + text[position + 1 :]
        assert session_tokens.verify(changed, ["signing"], NOW) is None, position


@pytest.mark.parametrize("length", range(3))
def test_token_has_one_spelling(length: int) -> None:
    """Bits that base64 leaves over, and its other alphabet, would otherwise give it more."""
    claims = replace(CLAIMS, agent_id="agt_" + "0" * length)
    text = issued(claims)
    assert session_tokens.verify(text, ["signing"], NOW) == claims
    others = {text[:-1] + last for last in string.ascii_letters + string.digits + "-_"} - {text}
    others |= {text + "=", text + "\n", text.replace("-", "+"), text.replace("_", "/")} - {text}
    for other in others:
        assert session_tokens.verify(other, ["signing"], NOW) is None, other


@given(st.text(max_size=700))
def test_garbage_is_refused_and_never_raises(text: str) -> None:
    for candidate in (text, session_tokens.PREFIX + text):
        assert session_tokens.verify(candidate, ["signing"], NOW) is None


def test_overlong_text_is_refused_before_it_is_decoded() -> None:
    long = replace(CLAIMS, agent_id="a" * session_tokens.MAX_LENGTH)
    assert session_tokens.verify(issued(long), ["signing"], NOW) is None


def test_session_caller_may_do_what_the_token_says_and_nothing_of_the_key() -> None:
    caller = caller_of_session(CLAIMS, ISSUER)
    assert caller is not None
    assert caller.scopes == CLAIMS.channels
    assert caller.agent_id == CLAIMS.agent_id
    assert caller.expires_at == CLAIMS.expires_at


def test_session_caller_ends_with_the_key_that_issued_it() -> None:
    ending = replace(ISSUER, expires_at=NOW + 5)
    caller = caller_of_session(CLAIMS, ending)
    assert caller is not None
    assert not caller.expired(NOW + 4.9)
    assert caller.expired(NOW + 5)


def test_session_token_of_another_tenant_than_its_issuer_is_refused() -> None:
    assert caller_of_session(replace(CLAIMS, tenant_id="ten_other"), ISSUER) is None
