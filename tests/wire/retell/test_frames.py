"""What Retell is sent, and what it sends itself."""

from wire.retell.frames import call_details, config, ping, pong, response


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


def test_messages_to_servers_are_as_retells_own() -> None:
    assert ping(17) == b'{"interaction_type":"ping_pong","timestamp":17}'
    assert call_details(b'{"call_id":"c1"}') == (
        b'{"interaction_type":"call_details","call":{"call_id":"c1"}}'
    )
