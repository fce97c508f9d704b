"""A text as its pieces come, kept in as little memory as it can be."""


class Gathered:
    __slots__ = ("_bytes",)

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")

    def __str__(self) -> str:
        return self._bytes.decode("utf-8", "surrogatepass")
