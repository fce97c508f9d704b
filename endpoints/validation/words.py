"""Grammar for what checks and pages say."""


def counted(count: int, noun: str) -> str:
    """`1 event`, `36 events`, `1,200 bytes`; for nouns that take an s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
