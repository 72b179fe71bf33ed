"""The quasi-exact rule of GAIA (Mialon et al., arXiv 2311.12983): what the gold answer is decides how it is compared.

>>> gaia_match("$1,234.50", "1234.5"), gaia_match("1; 2;3", "1, 2, 3"), gaia_match("St. Petersburg", "st petersburg")
(True, True, True)
>>> gaia_match("about 12", "12"), gaia_match("a, b", "a, b, c")
(False, False)
"""

from __future__ import annotations

import re
import string

_MARKS = str.maketrans("", "", "$%,")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_SEPARATOR = re.compile("[,;]")
_SPACE = re.compile(r"\s")


def gaia_match(answer: str | None, gold: str) -> bool:
    """Whether an answer is right; no answer counts as the text `None`.

    A gold number: the answer without `$`, `%` and `,` is the same float (one that cannot be read is infinity). A gold list, with commas or
    semicolons: as many elements, each the same number, or the same text without white space and case, punctuation kept. Else the same text
    without white space, case and punctuation.
    """
    given = "None" if answer is None else answer
    if _is_number(gold):
        return _number(given) == float(gold)
    if _SEPARATOR.search(gold):
        ours, theirs = _SEPARATOR.split(given), _SEPARATOR.split(gold)
        return len(ours) == len(theirs) and all(map(_same_element, ours, theirs))
    return _bare(given).translate(_PUNCTUATION) == _bare(gold).translate(_PUNCTUATION)


def _same_element(given: str, gold: str) -> bool:
    return _number(given) == float(gold) if _is_number(gold) else _bare(given) == _bare(gold)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> float:
    plain = text.translate(_MARKS)
    return float(plain) if _is_number(plain) else float("inf")


def _bare(text: str) -> str:
    return _SPACE.sub("", text).lower()
