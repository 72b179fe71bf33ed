"""`TextStream`: the bytes of an answer become text while they arrive, cut before a stop string, never half a character."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence


class TextStream:
    """Text of one row.

    Stop strings are looked for in the bytes, so one may begin or end inside a token. Ill-formed bytes become U+FFFD, as with
    `bytes.decode(errors="replace")`. What was given to `emit` is at all times a prefix of the final text.

    >>> stream = TextStream(["##"])
    >>> stream.write(b"4 apples #"), stream.text
    (False, '4 apples ')
    >>> stream.write(b"# next"), stream.text
    (True, '4 apples ')
    """

    def __init__(self, stops: Sequence[str] = (), emit: Callable[[str], None] | None = None) -> None:
        self._stops = [stop.encode() for stop in stops]
        self._longest = max(map(len, self._stops), default=1)
        self._emit = emit
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = b""
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """What is certain so far."""
        return "".join(self._pieces)

    def write(self, data: bytes) -> bool:
        """Take the bytes of a token; True: a stop string is complete, the text ends before it, and the stream is closed."""
        self._held += data
        found = [at for at in map(self._held.find, self._stops) if at >= 0]
        if found:
            self._release(min(found), final=True)
            return True
        self._release(len(self._held) - self._hold())
        return False

    def close(self) -> None:
        """No more bytes: what was held back is text."""
        self._release(len(self._held), final=True)

    def _hold(self) -> int:
        """How many bytes at the end may turn out to begin a stop string."""
        lengths = range(min(self._longest - 1, len(self._held)), 0, -1)
        return next((n for n in lengths if any(stop.startswith(self._held[-n:]) for stop in self._stops)), 0)

    def _release(self, count: int, *, final: bool = False) -> None:
        piece = self._decoder.decode(self._held[:count], final)
        self._held = b"" if final else self._held[count:]
        if piece:
            self._pieces.append(piece)
            if self._emit is not None:
                self._emit(piece)
