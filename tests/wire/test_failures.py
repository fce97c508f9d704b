"""What an endpoint says of its own failing."""

from typing import Any

import pytest

from wire.events import Failure
from wire.failures import described, read_failure

UNNAMED = "The endpoint reports an error."


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"message": "m", "status": "S", "code": 7}, Failure("m", "S")),
        ({"detail": "d", "code": 7}, Failure("d", "7")),
        ({"status": ""}, Failure(UNNAMED)),
        ("boom", Failure("boom")),
        (None, Failure(UNNAMED)),
    ],
)
def test_error_is_described_by_its_message_and_the_first_code_it_has(
    error: Any, failure: Failure
) -> None:
    assert described(error, "status", "code") == failure


def test_description_is_brief_and_of_the_deepest_nesting_there_is_none() -> None:
    long = described({"message": "m" * 5000, "code": "c" * 500}, "code")
    assert (len(long.message), len(long.code or "")) == (1000, 100)
    error: Any = "x"
    for _ in range(100_000):
        error = [error]
    assert described(error) == Failure(UNNAMED)


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b'{"error":{"message":"m","code":"c"}}', Failure("m", "c")),
        (b'[{"error":{"message":"m","code":"c"}}]', Failure("m", "c")),
        (b'{"detail":"Not Found"}', Failure("Not Found")),
        (b"<h1>Bad Gateway</h1>", Failure("<h1>Bad Gateway</h1>")),
        (b"[]", Failure("The endpoint gives no reason.")),
        (b"", Failure("The endpoint gives no reason.")),
    ],
)
def test_body_of_any_shape_is_understood(body: bytes, failure: Failure) -> None:
    assert read_failure(body, "code") == failure
