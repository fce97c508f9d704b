"""Our side of a turn over a socket of its own."""

import json

from tests.wire.corpus import FOLDER
from wire.conversation import Conversation, Message, TextPart, ToolCall
from wire.dialogue import Heard
from wire.retell.bodies import write_conversation
from wire.retell.dialogue import BEAT_SECONDS, GREETING_SECONDS, RetellDialogue

NOW = 1735689602000
HI = Message("user", (TextPart("Hi"),))
CALLED = Message("assistant", (ToolCall("t1", "weather", "{}"),))
PIECE = b'{"response_id":1,"content":"Hi","content_complete":false}'


def begun(*messages: Message) -> RetellDialogue:
    conversation = Conversation(messages or (HI,), session="call-7")
    return RetellDialogue(write_conversation(conversation, model="", settings={}))


def test_recorded_turn_goes_as_it_went() -> None:
    """`<` is what the server says, `>` what it is told, `+` what of it is the answer, `.` its end.

    A ping is told at the end of a pause.
    """
    dialogue = begun()
    lines = (FOLDER / "retell-llm" / "dialled.txt").read_text().splitlines()
    got = [f"> {text.decode()}" for text in dialogue.opening()]
    for line in lines:
        if line.startswith("< "):
            heard = dialogue.hear(line[2:].encode(), is_text=True)
            got.append(line)
            got += [f"> {reply.decode()}" for reply in heard.replies]
            if heard.body:
                assert heard.body.startswith(b"data: ")
                assert heard.body.endswith(b"\n\n")
                got.append(f"+ {heard.body[6:-2].decode()}")
            got += ["."] if heard.done else []
            if "ping_pong" in line:
                got += [f"> {text.decode()}" for text in dialogue.say(NOW)]
    assert got == lines


def test_server_that_says_nothing_is_asked_after_a_pause() -> None:
    dialogue = begun()
    assert dialogue.opening() == ()
    assert dialogue.pause == GREETING_SECONDS
    (asked,) = dialogue.say(NOW)
    assert json.loads(asked)["transcript"] == [{"role": "user", "content": "Hi"}]
    assert dialogue.pause == BEAT_SECONDS
    assert dialogue.say(NOW) == ()
    assert dialogue.hear(PIECE, is_text=True).body


def test_pings_go_to_servers_that_want_them() -> None:
    for wanting in (b'{"response_type":"config","config":{"auto_reconnect":true}}',
                    b'{"response_type":"ping_pong","timestamp":1}'):  # fmt: skip
        dialogue = begun()
        assert len(dialogue.hear(wanting, is_text=True).replies) == 1
        (ping,) = dialogue.say(NOW)
        assert json.loads(ping) == {"interaction_type": "ping_pong", "timestamp": NOW}


def test_transcript_with_tools_goes_to_servers_that_want_it() -> None:
    for wanting, given in ((b"true", True), (b"false", False)):
        dialogue = begun(HI, CALLED)
        config = b'{"response_type":"config","config":{"transcript_with_tool_calls":%b}}' % wanting
        (asked,) = dialogue.hear(config, is_text=True).replies
        assert ("transcript_with_tool_calls" in json.loads(asked)) is given


def test_config_behind_the_request_still_gets_the_details() -> None:
    dialogue = begun()
    dialogue.say(NOW)
    config = b'{"response_type":"config","config":{"call_details":true}}'
    (told,) = dialogue.hear(config, is_text=True).replies
    assert json.loads(told)["call"]["call_id"] == "call-7"
    assert dialogue.hear(config, is_text=True) == Heard()


def test_answer_before_the_question_is_none() -> None:
    dialogue = begun()
    heard = dialogue.hear(PIECE, is_text=True)
    assert (heard.body, len(heard.replies)) == (b"", 1)


def test_what_is_no_message_ends_the_answer() -> None:
    for message, is_text in ((b"boom\r\nboom", True), (PIECE, False)):
        heard = begun().hear(message, is_text=is_text)
        assert heard.done
        assert heard.body == b"data: " + message.replace(b"\r\n", b" ") + b"\n\n"


def test_turn_has_no_end_but_its_own() -> None:
    dialogue = begun()
    assert dialogue.headers["content-type"] == "text/event-stream"
    assert dialogue.quiet is None
    assert not dialogue.closed(1000)
    assert dialogue.farewell() == ()
