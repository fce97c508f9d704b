"""Messages as formats want them where user and assistant speak by turns."""

from collections.abc import Callable, Iterable
from typing import Any

from wire.conversation import Message, Part, joined

OPENING = "(The conversation begins.)"
"""What stands before an assistant that speaks first: these formats want a user's message there."""

Block = dict[str, Any]


def system_text(messages: Iterable[Message]) -> str:
    """All system messages, wherever they stood."""
    texts = [joined(each.parts) for each in messages if each.role == "system"]
    return "\n\n".join(text for text in texts if text)


def turns(
    messages: Iterable[Message], blocks: Callable[[Part], list[Block]], opening: Block
) -> list[tuple[str, list[Block]]]:
    """User and assistant by turns: neighbours of one role are joined, empty ones left out.

    `blocks` gives what a part becomes; `opening` is the block that says `OPENING`.
    """
    found: list[tuple[str, list[Block]]] = []
    for message in messages:
        said = [block for part in message.parts for block in blocks(part)]
        if message.role == "system" or not said:
            continue
        if found and found[-1][0] == message.role:
            found[-1][1].extend(said)
        else:
            found.append((message.role, said))
    if not found or found[0][0] != "user":
        found.insert(0, ("user", [opening]))
    return found
