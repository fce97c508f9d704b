"""No secret comes through the log filter, whatever part of a record carries it."""

import io
import logging
import pickle
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.keys import new_key
from vault.redaction import LONGEST, RedactionFilter, redact, redact_event, redact_value
from vault.secret import Secret

CANARY = "Canary0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        f"pb_live_{CANARY}",
        f"key pb_sess_{CANARY}-_x, next",
        f"Authorization: Bearer {CANARY}",
        f"authorization=Token {CANARY}",
        f"got header ('authorization', 'Bearer {CANARY}')",
        f"got header (b'x-api-key', b'{CANARY}')",
        f"{{'api-key': '{CANARY}'}}",
        f'{{"x-vapi-secret": "{CANARY}"}}',
        f'{{"client_secret":"a\\"{CANARY}"}}',
        f"xi-api-key: {CANARY}",
        f"password={CANARY}&user=x",
        f"Cookie: sessionid={CANARY}",
        f"https://llm.example.com/v1?sig={CANARY}",
        f"wss://x.example/listen?token={CANARY}#f",
        f"wss://x.example/listen?a=1&b={CANARY} failed",
        f'"GET /a/agt_1/stt?token={CANARY} HTTP/1.1" 200',
        f"GET /a/agt_1/t/{CANARY}/llm-websocket/call_1",
        f"https://p.example/a/agt_1/t/{CANARY}",
        f"postgres://user:{CANARY}@db:5432/name",
        f"sk-{CANARY}",
        f'"{{\\"token\\": \\"{CANARY}\\"}}"',
        f'cut off: "token": "{CANARY}',
        f"accessToken: {CANARY}",
        f"eyJhbGciOiJI.{CANARY}.{CANARY}",
        f"connection to https://x/?a={CANARY} and https://y/?b={CANARY}",
    ],
)
def test_secrets_are_known_by_their_shape(text: str) -> None:
    assert "Canary" not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "dispatch dsp_06e3 ended ok in 12.5 ms",
        "https://llm.example.com/v1/chat/completions answered 200",
        "Not Found: /api/v1/agents",
        "tokens: 31, characters: 12",
        "what now? nothing",
        "master key 'k1' is not in VAULT_KEYS",
        "the token is missing",
    ],
)
def test_ordinary_lines_come_through_unchanged(text: str) -> None:
    assert redact(text) == text


def test_rest_of_a_line_stays_readable() -> None:
    assert redact("GET /a/agt_1/stt?token=abc HTTP/1.1") == "GET /a/agt_1/stt?*** HTTP/1.1"
    assert redact("/a/agt_1/t/pb_live_x/chat done") == "/a/agt_1/t/***/chat done"


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_real_key_never_comes_through(before: str, after: str) -> None:
    key = new_key().reveal()
    assert key not in redact(f"{before} {key} {after}")


def test_a_text_that_was_wrapped_as_secret_is_known_without_any_shape() -> None:
    plain = "correct horse battery staple"
    assert redact(f"said {plain}") == f"said {plain}"
    Secret(plain)
    assert redact(f"said {plain}") == "said ***"


def test_a_secret_cut_by_the_length_limit_leaves_no_part() -> None:
    Secret("unshapely words that are secret")
    for lead in range(LONGEST - 40, LONGEST + 10, 5):
        shown = redact("x" * lead + "unshapely words that are secret" + "y" * 9000)
        assert "unshapely" not in shown
        assert len(shown) < LONGEST + 20


@pytest.mark.parametrize(
    "unit",
    ["x", "x-", "/", "./", "a ", "://", "://a", "token", "token=", "token='", 'token="a\\', "eyJ-",
     "eyJaaaaaaaaa.", "pb_a_", "sk-", "bearer ", "?", "a?", "\\", "secret secret "],
)  # fmt: skip
def test_no_text_takes_long(unit: str) -> None:
    took = []
    for _ in range(3):
        began = time.thread_time()
        redact(unit * (LONGEST // len(unit)))
        took.append(time.thread_time() - began)
    assert min(took) < 0.5


def test_values_are_redacted_by_name_and_at_any_depth() -> None:
    event = {
        "authorization": CANARY,
        "x-api-key": [CANARY],
        "headers": [("x-vapi-secret", "v"), {b"Cookie": CANARY.encode()}],
        "token": Secret(CANARY),
        "tokens": 31,
        "password": None,
        "error": ValueError(f"Bearer {CANARY}"),
        "raw": f"token={CANARY}".encode(),
    }
    shown = redact_event(None, "info", event)
    assert "Canary" not in repr(shown)
    assert shown["token"] == "***cdef"
    assert shown["tokens"] == 31
    assert shown["password"] is None
    assert shown["headers"][1] == {"Cookie": "***"}


def test_endless_and_hostile_values_end() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError(CANARY)

    loop: list[Any] = []
    loop.append(loop)
    redact_value(loop)
    assert redact_value(Hostile()) == "<Hostile that cannot be shown: RuntimeError>"


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactionFilter())
    handler.setFormatter(
        logging.Formatter("%(message)s %(extra_field)s", defaults={"extra_field": ""})
    )
    logger = logging.getLogger("tests.redaction")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


def test_message_arguments_extras_exceptions_and_stacks_are_redacted(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = log
    logger.error(f"message pb_live_{CANARY}")
    logger.error("argument %s", f"pb_live_{CANARY}")
    logger.error("named %(token)s", {"token": f"Bearer {CANARY}"})
    logger.error("extra", extra={"extra_field": f"pb_live_{CANARY}"})
    logger.error("stack", stack_info=True)
    logger.error({"token": CANARY})
    logger.error("does not fit %d", f"pb_live_{CANARY}")
    try:
        try:
            raise KeyError(f"pb_live_{CANARY}")
        except KeyError as error:
            raise ExceptionGroup("many", [ValueError(f"Bearer {CANARY}")]) from error
    except ExceptionGroup:
        logger.exception("failed")
    text = stream.getvalue()
    assert "Canary" not in text
    assert text.count("pb_live_***") >= 4
    assert "ValueError: Bearer ***" in text
    assert "test_redaction.py" in text


def test_a_secret_in_an_argument_shows_its_last_four(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = log
    logger.error("token is %s", Secret(CANARY))
    assert stream.getvalue().strip() == "token is ***cdef"


def test_a_record_may_pass_two_filters(log: tuple[logging.Logger, io.StringIO]) -> None:
    error = ValueError(f"Bearer {CANARY}")
    record = logging.makeLogRecord(
        {"msg": "a %s", "args": (f"pb_live_{CANARY}",), "exc_info": (ValueError, error, None)}
    )
    assert RedactionFilter().filter(record)
    assert RedactionFilter().filter(record)
    assert record.getMessage() == "a pb_live_***"
    assert (record.exc_info, record.exc_text) == (None, "ValueError: Bearer ***")
    assert pickle.loads(pickle.dumps(record.__dict__))["msg"] == "a pb_live_***"
