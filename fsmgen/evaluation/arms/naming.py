"""Arms as data: a kind and its parameters, from JSON or from a line such as `vote:arm=(full:longest=120),samples=5`.

>>> read_arm("full:longest=120").name
'constrained, 1-120 characters'
>>> read_arm("vote:arm=(full:longest=120),samples=3").name
'constrained, 1-120 characters, vote of 3 at 0.7'
>>> arm_of(read_arm("json:first=answer").facts()) == read_arm("json:first=answer")
True
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

from fsmgen.errors import InputError, InvalidOption
from fsmgen.evaluation.arms.arm import Arm
from fsmgen.evaluation.arms.composing import Coalescing, SameReasoning, TwoStage, Vote, Watching
from fsmgen.evaluation.arms.conditional import Exact, Reweighted
from fsmgen.evaluation.arms.generating import AnswerOnly, Declared, FreeText, FullConstraint, Json, Options, Template
from fsmgen.evaluation.arms.judging import Judged
from fsmgen.evaluation.arms.scoring import ChoiceLikelihood, LetterConstrained, LetterGenerated, MarginalLikelihood, OneHalf
from fsmgen.evaluation.naming import meant

KINDS: Mapping[str, Callable[..., Arm]] = {
    "free": FreeText,
    "full": FullConstraint,
    "declared": Declared,
    "answer-only": AnswerOnly,
    "answer-alone": Options,
    "json": Json,
    "template": Template,
    "same-reasoning": SameReasoning,
    "two-stage": TwoStage,
    "watching": Watching,
    "coalescing": Coalescing,
    "vote": Vote,
    "exact": Exact,
    "reweighted": Reweighted,
    "likelihood": ChoiceLikelihood,
    "marginal": MarginalLikelihood,
    "one-half": OneHalf,
    "letter-generated": LetterGenerated,
    "letter-constrained": LetterConstrained,
    "judged": Judged,
}
"""The names of the kinds on the command line."""
_BY_CLASS = {kind.__name__: kind for kind in KINDS.values()}


def read_arm(text: str) -> Arm:
    """The arm that a line names: `KIND`, `KIND:parameter=value,...`, or JSON as `facts` gives it.

    Values are read as JSON where they are JSON, else as they stand; an arm inside an arm stands in parentheses.

    Raises:
        InputError: an unknown kind or parameter, with the nearest one that there is, or a value that cannot be.
    """
    if text.lstrip().startswith("{"):
        try:
            content = json.loads(text)
        except ValueError as error:
            raise InputError(f"the arm {text!r} is no JSON: {error}") from None
        return arm_of(content)
    kind, _, rest = text.strip().partition(":")
    return arm_of({"kind": kind, **dict(_pair(part, text) for part in _parts(rest, text))})


def arm_of(content: Mapping[str, Any]) -> Arm:
    """The arm of a JSON object: `kind`, as the command line or the class names it, and parameters. Errors as `read_arm`."""
    if not isinstance(content, dict) or not isinstance(content.get("kind"), str):
        raise InputError(f'an arm is an object with a "kind", and {content!r:.80} is none')
    kind = content["kind"]
    made = KINDS.get(kind) or _BY_CLASS.get(kind)
    if made is None:
        raise InputError(f"there is no arm {kind!r}{meant(kind, KINDS)}")
    assert isinstance(made, type)
    hints = get_type_hints(made)
    known = [each.name for each in fields(made)]
    values = {}
    for name, value in content.items():
        if name == "kind":
            continue
        if name not in known:
            raise InputError(f"the arm {kind!r} has no parameter {name!r}{meant(name, known)}")
        values[name] = _value(kind, name, value, hints[name])
    return made(**values)  # type: ignore[no-any-return]  # a class of KINDS


def _value(kind: str, name: str, value: Any, hint: Any) -> Any:
    """A JSON value as a parameter of this type."""
    if name == "arm":
        return read_arm(value) if isinstance(value, str) else arm_of(value)
    if not _fits(value, hint):
        raise InvalidOption(f"{name} of the arm {kind!r}", value, allowed=f"of type {getattr(hint, '__name__', hint)}")
    return _frozen(value)


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        kinds = [inner[0]] * len(value) if len(inner) == 2 and inner[1] is Ellipsis else inner
        return isinstance(value, (list, tuple)) and len(value) == len(kinds) and all(map(_fits, value, kinds))
    if get_args(hint):  # a Literal; the arm itself checks it
        return isinstance(value, str)
    if hint in (None, types.NoneType):
        return value is None
    return type(value) is hint or (hint is float and type(value) is int)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value


def _pair(part: str, text: str) -> tuple[str, Any]:
    name, equals, value = part.partition("=")
    if not equals:
        raise InputError(f"{part!r} in the arm {text!r} is no parameter=value")
    value = value[1:-1] if value.startswith("(") and value.endswith(")") else value
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def _parts(text: str, whole: str) -> Iterator[str]:
    """What stands between commas outside parentheses and brackets."""
    depth, start = 0, 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth < 0:
            break
        if character == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    if depth:
        raise InputError(f"the parentheses of the arm {whole!r} do not match")
    if text[start:]:
        yield text[start:]
