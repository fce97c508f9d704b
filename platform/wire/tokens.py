"""Token counts for answers whose endpoint reports none.

The estimate is one token for four bytes of UTF-8, rounded up. English has about four letters a
token. In other scripts a letter is worth more tokens and takes more bytes, and the two grow
together: Cyrillic and accented letters take two bytes (half a token each), Chinese, Japanese and
Korean ones three (three quarters of a token, where today's tokenizers spend 0.6 to 0.8), emoji
four. The figure is good to a quarter or so for plain text; events mark it `estimated`.
"""

BYTES_PER_TOKEN = 4
_LIMIT = 1_000_000_000


def utf8_size(text: str) -> int:
    """Bytes of `text` in UTF-8; a lone surrogate, which has no bytes there, counts as three."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def tokens_in(size: int) -> int:
    """About how many tokens `size` bytes of text are."""
    return -(-size // BYTES_PER_TOKEN)


def bounded(count: int | None) -> int:
    """No endpoint can make the ledger hold a figure that no database column takes."""
    return min(max(count or 0, 0), _LIMIT)
