"""The nearest name, for a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?`, or the names that there are, to follow a complaint.

    >>> meant("quesion", ["question", "gold"]), meant("zzz", ["question", "gold"]), meant("zzz", [])
    (", did you mean 'question'?", '; there are gold, question', '')
    """
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    return f", did you mean {close[0]!r}?" if close else f"; there are {', '.join(names)}" if names else ""
