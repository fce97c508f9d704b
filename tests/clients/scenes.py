"""What an endpoint plays for clients that read every member of what they are sent."""

import json

from tests.shapes.llm.shape import Shape

SECOND = {
    '"t1"': '"t2"',
    '"fc_1"': '"fc_2"',
    '"output_index": 1': '"output_index": 2',
    '"index": 1': '"index": 2',
    '"tool_calls": [{"index": 0': '"tool_calls": [{"index": 1',
}


def second_tool(shape: Shape) -> list[str]:
    """The call of a tool again, as the second of an answer."""
    played = []
    for event in shape.parts["tool"]:
        for first, second in SECOND.items():
            event = event.replace(first, second)
        played.append(event)
    return played


def events(shape: Shape, *names: str) -> list[str]:
    """These parts of a stream; `response.completed` repeats the items that came, as OpenAI's."""
    played: list[str] = []
    items = []
    parts = {**shape.parts, "second tool": second_tool(shape)}
    for event in (event for name in names for event in parts[name]):
        head, _, data = event.partition("\ndata: ")
        if head == "event: response.output_item.done":
            items.append(json.loads(data)["item"])
        elif head == "event: response.completed":
            ended = json.loads(data)
            ended["response"]["output"] = items
            event = f"{head}\ndata: {json.dumps(ended)}"
        played.append(event)
    return played
