"""Texts from jinja2 templates that cannot run code, loop for long or grow without bound.

    >>> render("{{ question }}{% for choice in choices %}\\n- {{ choice }}{% endfor %}", {"question": "Which?", "choices": ["a", "b"]})
    'Which?\\n- a\\n- b'
    >>> value("{{ answer | after('####') }}", {"answer": "3 + 4 = 7\\n#### 7"})
    '7'

Of jinja2's language there are: values by name, `.key` and `[place]`, the filters and text methods below, comparisons, `+`, `-` and `~`,
`if`, and `for` over lists of at most 1,000, at most two inside each other. There are no macros, imports, assignments or `range`: what is
left ends soon.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.runtime import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fsmgen.errors import InvalidPrompt
from fsmgen.evaluation.naming import meant

LOOP_LIMIT, LOOP_DEPTH, TEXT_LIMIT = 1_000, 2, 1_000_000
_METHODS = frozenset({
    "split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "upper", "lower", "title", "capitalize", "startswith", "endswith",
    "removeprefix", "removesuffix", "isdigit",
})  # fmt: skip
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter,
    nodes.Test, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.CondExpr, nodes.Concat, nodes.Add, nodes.Sub, nodes.Neg,
    nodes.Call, nodes.For, nodes.If, nodes.List, nodes.Tuple, nodes.Keyword,
)  # fmt: skip
_OPTION = re.compile(r"^[ \t]*(?:(\(?[A-Z]\)|[A-Z]\.)|-)[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_EXPRESSION = re.compile(r"\s*\{\{((?:(?!\}\}|\{%).)*)\}\}\s*", re.DOTALL)


def render(source: str, values: Mapping[str, object]) -> str:
    """The text of a template.

    Raises:
        InvalidPrompt: the template is none, names what there is not, or its text is longer than a million characters.
    """
    return str(_guarded(source, values, lambda: _whole(source, _template(source).generate(values))))


def value(source: str, values: Mapping[str, object]) -> object:
    """What a template of a single `{{ ... }}` stands for, such as a list; the text of any other one. Errors as `render`."""
    inner = _EXPRESSION.fullmatch(source)
    if inner is None:
        return render(source, values)
    _template(source)  # checks it
    return _guarded(source, values, lambda: _defined(source, _expression(inner[1])(**values)))


@lru_cache(maxsize=4096)
def names(source: str) -> frozenset[str]:
    """The values that a template asks for; errors as `render`."""
    return frozenset(meta.find_undeclared_variables(_checked(source)))


def require_known(source: str, known: Mapping[str, object] | frozenset[str]) -> None:
    """Refuse a template that asks for a value that it will not be given.

    Raises:
        InvalidPrompt: naming the value and the nearest one that there is.
    """
    for name in sorted(names(source) - set(known)):
        raise InvalidPrompt(source, reason=f"there is no value {name!r}{meant(name, known)}")


def _after(text: object, mark: str) -> str:
    """What follows the last `mark`; all of the text if there is none. Without white space around it."""
    return str(text).rpartition(mark)[2].strip()


def _before(text: object, mark: str) -> str:
    """What stands before the last `mark`; all of the text if there is none. Without white space at its end."""
    head, found, tail = str(text).rpartition(mark)
    return (head if found else tail).rstrip()


def _without(text: object, opening: str, closing: str) -> str:
    """The text without its parts from `opening` to the next `closing`, both included."""
    parts = str(text).split(opening)
    return parts[0] + "".join(part.partition(closing)[2] if closing in part else opening + part for part in parts[1:])


def _letter(place: object) -> str:
    """A for 0, B for 1; a letter stays one."""
    number = str(place).strip()
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[int(number)] if number.isdigit() else number.upper()


def _replace(text: object, old: str, new: str) -> str:
    if len(str(text)) * (len(new) + 1) > TEXT_LIMIT:
        raise ValueError(f"replace could give more than {TEXT_LIMIT:,} characters")
    return str(text).replace(old, new)


def _options(text: object) -> list[str]:
    """The options that a question lists after `Options:`, without their letters or dashes."""
    return [found[2] for found in _OPTION.finditer(str(text).rpartition("Options:")[2])]


def _option_labels(text: object) -> list[str]:
    """The letters of the options that a question lists after `Options:`, as they are written; none where it lists them with dashes."""
    return [found[1] for found in _OPTION.finditer(str(text).rpartition("Options:")[2]) if found[1]]


def _loopable(items: object) -> list[Any] | tuple[Any, ...]:
    if not isinstance(items, list | tuple):
        raise ValueError(f"for goes over lists, and this is a {type(items).__name__}")
    if len(items) > LOOP_LIMIT:
        raise ValueError(f"for goes over at most {LOOP_LIMIT:,} values, and these are {len(items):,}")
    return items


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


_FILTERS: Mapping[str, Callable[..., object]] = {
    "after": _after, "before": _before, "without": _without, "letter": _letter, "replace": _replace, "options": _options,
    "option_labels": _option_labels, "json": _json, "tojson": _json, "loopable": _loopable,
}  # fmt: skip
_BORROWED = (
    "trim", "upper", "lower", "title", "capitalize", "join", "first", "last", "length", "count", "default", "string", "int", "list"
)  # fmt: skip


def _shown(content: object) -> object:
    """What is missing in a row is no text; jinja2 writes `None`."""
    return "" if content is None else content


class _Environment(ImmutableSandboxedEnvironment):
    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False, finalize=_shown)
        borrowed = {name: self.filters[name] for name in _BORROWED}
        self.filters = {**borrowed, **_FILTERS}
        self.globals = {}


_ENVIRONMENT = _Environment()


def _checked(source: str) -> nodes.Template:
    """The tree of a template, its loops bounded."""
    try:
        tree = _ENVIRONMENT.parse(source)
        _check(source, tree, 0)
        _ENVIRONMENT.from_string(tree)
    except TemplateSyntaxError as error:
        raise InvalidPrompt(source, reason=f"line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise InvalidPrompt(source, reason="it is nested too deeply") from error
    return tree


def _check(source: str, node: nodes.Node, loops: int) -> None:
    place = f"line {node.lineno}: "
    if not isinstance(node, _NODES):
        raise InvalidPrompt(source, reason=f"{place}{type(node).__name__.lower()} is not for templates of prompts")
    if isinstance(node, nodes.Filter) and node.name not in _ENVIRONMENT.filters:
        raise InvalidPrompt(source, reason=f"{place}there is no filter {node.name!r}{meant(node.name, _ENVIRONMENT.filters)}")
    if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Getattr) and node.node.attr in _METHODS):
        raise InvalidPrompt(source, reason=f"{place}only these can be called: {', '.join(sorted(_METHODS))}")
    if isinstance(node, nodes.For):
        loops += 1
        if loops > LOOP_DEPTH or node.recursive:
            raise InvalidPrompt(source, reason=f"{place}for stands inside for at most {LOOP_DEPTH} deep, and not recursively")
        node.iter = nodes.Filter(node.iter, "loopable", [], [], None, None, lineno=node.lineno)
    for child in node.iter_child_nodes():
        _check(source, child, loops)


@lru_cache(maxsize=4096)
def _template(source: str) -> Template:
    return _ENVIRONMENT.from_string(_checked(source))


@lru_cache(maxsize=4096)
def _expression(source: str) -> Callable[..., object]:
    return _ENVIRONMENT.compile_expression(source, undefined_to_none=False)


def _whole(source: str, pieces: Iterator[str]) -> str:
    text, length = [], 0
    for piece in pieces:
        text.append(piece)
        length += len(piece)
        if length > TEXT_LIMIT:
            raise InvalidPrompt(source, reason=f"its text is longer than {TEXT_LIMIT:,} characters")
    return "".join(text)


def _defined(source: str, found: object) -> object:
    if isinstance(found, StrictUndefined):
        raise InvalidPrompt(source, reason=found._undefined_message)
    return found


def _guarded(source: str, values: Mapping[str, object], work: Callable[[], Any]) -> Any:
    try:
        return work()
    except InvalidPrompt:
        raise
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        _refuse(source, values, error)


def _refuse(source: str, values: Mapping[str, object], error: Exception) -> NoReturn:
    require_known(source, values)
    raise InvalidPrompt(source, reason=str(error)) from error
