r"""The marks that evaluations put around a final answer, each read as what stands inside.

>>> from fsmgen.frontends.answers import after_marks, answer_is, boxed
>>> from fsmgen.frontends.numbers import decimal, integer
>>> boxed(integer()).read(r"\boxed{42}")
42
>>> after_marks(decimal(thousands="optional")).read("#### 1,234.5")
Decimal('1234.5')
>>> answer_is(integer(0, 9)).read("The answer is 7.")
7
"""

from __future__ import annotations

from fsmgen.frontends.combining import wrapped
from fsmgen.grammar import Language, LeadingSpace


def boxed(inner: Language, *, leading_space: LeadingSpace = "no") -> Language:
    r"""`\boxed{...}` around an answer, as MATH has it."""
    return wrapped(inner, r"\boxed{", "}", leading_space=leading_space)


def after_marks(inner: Language, marks: str = "#### ", *, leading_space: LeadingSpace = "no") -> Language:
    """`#### ` before an answer, as GSM8K has it, or other marks; their last space belongs to them."""
    return wrapped(inner, marks, leading_space=leading_space)


def answer_is(inner: Language, before: str = "The answer is ", after: str = ".", *, leading_space: LeadingSpace = "no") -> Language:
    """`The answer is ....`, or another sentence around an answer."""
    return wrapped(inner, before, after, leading_space=leading_space)
