"""How long the gateway kept frames back: a histogram of fixed size."""

from array import array

_STEPS = 8  # per doubling, so that a figure is at most an eighth too high
_SHIFT = 3
_LONGEST = 26  # bits of microseconds: a minute, and all that is longer


class Delays:
    """Less than a kilobyte for a session, however long it is."""

    __slots__ = ("_counts", "_longest", "count")

    def __init__(self) -> None:
        self._counts = array("I", bytes(4 * _STEPS * (_LONGEST - _SHIFT + 1)))
        self._longest = 0.0
        self.count = 0

    def add(self, seconds: float) -> None:
        self.count += 1
        if seconds > self._longest:
            self._longest = seconds
        self._counts[_bucket(int(seconds * 1e6))] += 1

    def as_json(self) -> dict[str, float]:
        """Milliseconds; empty if there was no frame."""
        if not self.count:
            return {}
        return {
            "p50": self._quantile(0.50),
            "p99": self._quantile(0.99),
            "max": round(self._longest * 1000, 3),
        }

    def _quantile(self, share: float) -> float:
        """The upper end of the bucket, or the longest of all where that is less."""
        wanted, seen = share * self.count, 0
        for index, count in enumerate(self._counts):
            seen += count
            if seen >= wanted:
                return round(min(_upper(index) / 1000, self._longest * 1000), 3)
        return round(self._longest * 1000, 3)


def _bucket(microseconds: int) -> int:
    bits = microseconds.bit_length()
    if bits <= _SHIFT:
        return max(0, microseconds)
    if bits > _LONGEST:
        return _STEPS * (_LONGEST - _SHIFT + 1) - 1
    return _STEPS * (bits - _SHIFT) + (microseconds >> (bits - _SHIFT - 1)) - _STEPS


def _upper(index: int) -> int:
    """Microseconds, not in the bucket any more."""
    if index < _STEPS:
        return index + 1
    doubling, step = divmod(index, _STEPS)
    return (step + _STEPS + 1) << (doubling - 1)
