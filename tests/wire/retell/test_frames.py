"""What Retell is sent."""

from wire.retell.frames import config, pong, response


def test_messages_are_as_retell_wants_them() -> None:
    assert config() == (
        b'{"response_type":"config","config":{"auto_reconnect":true,"call_details":true}}'
    )
    assert pong(17) == b'{"response_type":"ping_pong","timestamp":17}'
    assert response(3, "Hi", complete=False) == (
        b'{"response_type":"response","response_id":3,"content":"Hi","content_complete":false}'
    )
    assert response(3, "", complete=True, end_call=True) == (
        b'{"response_type":"response","response_id":3,"content":"","content_complete":true,'
        b'"end_call":true}'
    )
