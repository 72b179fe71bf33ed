"""Figures in sentences.

>>> listed(["a", "b", "c"]), listed(["a"]), counted(1, "answer"), counted(2, "answer")
('a, b and c', 'a', '1 answer', '2 answers')
>>> share(0.1234), gap(-0.021), amount(0.021)
('12.3%', '-2.1', '2.1')
"""

from __future__ import annotations

from collections.abc import Sequence

from fsmgen.evaluation.statistics import Interval, Unsaid


def listed(words: Sequence[str]) -> str:
    """Words with commas and an *and*."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def counted(count: int, what: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count:,} {what if count == 1 else many or what + 's'}"


def share(value: float) -> str:
    """A share in percent."""
    return f"{100 * value:.1f}%"


def mass(value: float) -> str:
    """A probability in percent, a very small one as a power of ten.

    >>> mass(0.25), mass(0.00002)
    ('25.0%', '2e-05')
    """
    return share(value) if value >= 0.001 or value == 0 else f"{value:.0e}"


def gap(value: float) -> str:
    """A difference in points, with its sign."""
    return f"{100 * value:+.1f}"


def amount(value: float) -> str:
    """Points without a sign."""
    return f"{abs(100 * value):.1f}"


def bounds(interval: Interval) -> str:
    """The bounds of a difference in points."""
    return f"[{gap(interval.low)}, {gap(interval.high)}]"


def estimate(value: Interval | Unsaid) -> float | None:
    """The estimate, if there is one."""
    return None if isinstance(value, Unsaid) else value.estimate


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
