"""Discord's ids: a moment in milliseconds and a counter, in 64 bits; or a stable one derived from a name."""

import hashlib

EPOCH_MS = 1_420_070_400_000
"""First millisecond of 2015, where Discord's ids begin."""

_STABLE_SPAN_MS = 5 * 365 * 86_400_000


class Snowflakes:
    """Gives ids that grow with time and are never given twice."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, at: float) -> int:
        """The next id at this moment (seconds since 1970); always larger than the one before."""
        self._last = max(self._last + 1, (int(at * 1000) - EPOCH_MS) << 22)
        return self._last


def stable(*names: str | int) -> int:
    """The same id for the same names in every run, dated between 2015 and 2020.

    >>> stable("command", "queue") == stable("command", "queue") != stable("command", "help")
    True
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    moment = int.from_bytes(digest[:8], "big") % _STABLE_SPAN_MS
    return (moment << 22) | (int.from_bytes(digest[8:12], "big") & 0x3FFFFF)
