"""One call's socket."""

import json

from tests.wire.corpus import FOLDER
from wire.retell.frames import APOLOGY
from wire.retell.requests import CALL, response_id
from wire.retell.session import DETAILS_LIMIT, RetellSession

ASK = b'{"interaction_type":"response_required","response_id":7}'


def test_recorded_call_is_answered_as_it_was() -> None:
    """`>` is what Retell says, `<` what it is sent at once, `?` the id of a turn to answer."""
    session = RetellSession("c1")
    said = [message.decode() for message in session.opening()]
    got = [f"< {message}" for message in said]
    lines = (FOLDER / "retell-llm" / "call.txt").read_text().splitlines()
    for line in lines:
        if line.startswith("> "):
            got.append(line)
            heard = session.hear(line[2:].encode())
            got += [f"< {reply.decode()}" for reply in heard.replies]
            if heard.request is not None:
                assert heard.request.call_id == "c1"
                assert b'"Ann"' in bytes(heard.request.fields[CALL])
                got.append(f"? {response_id(heard.request)}")
    assert got == lines


def test_details_that_take_too_much_room_are_not_kept() -> None:
    session = RetellSession("c1")
    for size, kept in ((10, True), (DETAILS_LIMIT, False)):
        details = b'{"metadata":"' + b"x" * size + b'"}'
        session.hear(b'{"interaction_type":"call_details","call":' + details + b"}")
        request = session.hear(ASK).request
        assert request is not None
        assert (CALL in request.fields) is kept


def test_turn_that_cannot_be_read_is_completed() -> None:
    heard = RetellSession("c1").hear(ASK[:-1] + b',"\xff":1}')
    assert heard.request is None
    assert json.loads(heard.replies[0]) == {
        "response_type": "response", "response_id": 7, "content": APOLOGY,
        "content_complete": True,
    }  # fmt: skip
