"""Reading an answer back: the style in which a completion is written and the answer that it gives.

This is how the cards count. It looks for a known style, then for what follows the last words that announce an answer; the
evaluation layer has a ladder of its own, which is stricter with text after the answer.

>>> style_of(" Amy ends in Y. Bo ends in O. The answer is YO."), answer_in(" Amy ends in Y. Bo ends in O. The answer is YO.")
('answer_is', 'YO')
>>> answer_in('{"answer": "no", "reason": "A cook is of the kitchen."}')
'no'
"""

from __future__ import annotations

import json
import re

from fsmgen.embedded.wordings import DIRECT_STYLES, STYLES

_PARTS = {
    "steps": r"[^\n]*?",
    "reason": r'"(?:[^"\\]|\\.)*"',
    "answer": r"(\{[^\n]*\}|[^\n.!{]+?)",
    "value": r'(\{[^\n]*?\}|"[^"]*"|\d+)',
}
_ORDER = ("json", "json_first", "chatty", "hashes", "answer_line", "therefore", "boxed", "answer_is", "answer_first", "bare")
_ANNOUNCED = re.compile(r'(?:answer is|answer:|####|"answer":|\\boxed\{)\s*(\{[^\n]*?\}|"[^"\n]*"|[^\n.!"}]+)', re.IGNORECASE)


def _pattern(text: str) -> re.Pattern[str]:
    holes = {part: f"\0{part}\0" for part in _PARTS}
    shown = re.escape(text.format(**holes))
    for part, pattern in _PARTS.items():
        shown = shown.replace(re.escape(holes[part]), pattern)
    return re.compile(shown)


_PATTERNS = [(style, _pattern(table[style])) for style in _ORDER for table in (DIRECT_STYLES, STYLES) if style in table]


def style_of(text: str) -> str | None:
    """The style in which a whole completion is written, with a working or without, None for no style."""
    found = _found(text)
    return found[0] if found else None


def answer_in(text: str) -> str | None:
    """The answer that a completion gives, as text; None if it announces none."""
    if found := _found(text):
        return _plain(found[1])
    announced = _ANNOUNCED.findall(text)
    return _plain(announced[-1]) if announced else None


def _found(text: str) -> tuple[str, str] | None:
    for style, pattern in _PATTERNS:
        if match := pattern.fullmatch(text.strip()):
            return style, match[1]
    return None


def _plain(value: str) -> str:
    """A JSON string without its quotes, anything else as it stands."""
    try:
        read = json.loads(value)
    except ValueError:
        return value.strip()
    return read if isinstance(read, str) else value.strip()
