"""VEXYL's chat, whose answers are whole."""

from tests.shapes.llm.shape import Shape

SHAPE = Shape(
    path="/chat",
    asked={"text": {"message": "Hi", "sessionId": "s1", "context": {"language": "en-IN"}}},
    parts={},
    whole={"response": "Hello", "sessionId": "s1"},
    error={"response": "Sorry.", "error": {"message": "Too fast.", "code": "slow_down"}},
    told={"message": lambda body: body["message"]},
    more={"context": {"userId": "u1"}},
)
