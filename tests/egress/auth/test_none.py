from egress.auth.registry import auth_type_named

AUTH = auth_type_named("none")


def test_none_adds_nothing_and_knows_no_field() -> None:
    assert AUTH.headers({}, {}) == ()
    assert AUTH.problems({}, {}) == {}
    assert AUTH.problems({}, {"token": "t"}) == {"token": "None has no such field."}
