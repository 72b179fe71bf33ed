"""Boolean formulas over numbered languages, in postfix, with an answer wherever what is not known does not matter.

>>> condition = every([holds(0), some([fails(1), holds(2)])])
>>> decided(condition, [True, False, None]), decided(condition, [True, True, None]), decided(condition, [False, None, None])
(True, None, False)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

HOLDS, FAILS, EVERY, SOME = range(4)
"""Operations: whether a text is in a language, or not; of the last answers whether all hold, or any. Operands say which, and how many."""
Condition: TypeAlias = tuple[tuple[int, int], ...]
Known: TypeAlias = bool | None
"""Whether a text is in a language; None if that is open."""


def holds(number: int) -> Condition:
    """A text is in the language."""
    return ((HOLDS, number),)


def fails(number: int) -> Condition:
    """A text is not in the language."""
    return ((FAILS, number),)


def every(conditions: Iterable[Condition]) -> Condition:
    """All hold."""
    return _joined(EVERY, list(conditions))


def some(conditions: Iterable[Condition]) -> Condition:
    """One of them holds at least."""
    return _joined(SOME, list(conditions))


def _joined(operation: int, conditions: list[Condition]) -> Condition:
    steps = (step for condition in conditions for step in condition)
    return conditions[0] if len(conditions) == 1 else (*steps, (operation, len(conditions)))


def decided(condition: Condition, known: Sequence[Known]) -> Known:
    """Whether the condition holds of a text, given which languages it is in."""
    stack: list[Known] = []
    for operation, operand in condition:
        if operation in (HOLDS, FAILS):
            answer = known[operand]
            stack.append(answer if answer is None or operation == HOLDS else not answer)
            continue
        first = len(stack) - operand
        parts, ends = stack[first:], operation == SOME
        stack[first:] = [ends if ends in parts else None if None in parts else not ends]
    return stack[0]
