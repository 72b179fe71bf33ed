"""An instance with its properties in an order that an engine accepts, if there is one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

CHECKS = 3000
"""Prefixes that are tried for one instance."""


def reordered(value: Any, begins: Callable[[str], bool], *, checks: int = CHECKS) -> str | None:
    """The value's text with the properties of all objects in an order of which every prefix `begins` a word; None if none was found.

    At each object those properties are tried first after which all others that could have stood there can still come: in a language that
    asks for one order, only such a choice can go on to the end.
    """
    try:
        return _Search(begins, checks).text("", value)
    except _Exhausted:
        return None


class _Exhausted(Exception):
    pass


class _Search:
    def __init__(self, begins: Callable[[str], bool], checks: int) -> None:
        self._begins, self._left = begins, checks

    def text(self, prefix: str, value: Any) -> str | None:
        """The prefix with the value behind it."""
        if isinstance(value, dict) and value:
            return self._members(prefix + "{", list(value), value)
        if isinstance(value, list) and value:
            return self._items(prefix + "[", value)
        return self._checked(prefix + json.dumps(value, ensure_ascii=False))

    def _items(self, prefix: str, items: list[Any]) -> str | None:
        for i, item in enumerate(items):
            after = self.text(prefix + (", " if i else ""), item)
            if after is None:
                return None
            prefix = after
        return self._checked(prefix + "]")

    def _members(self, prefix: str, names: list[str], value: dict[str, Any]) -> str | None:
        if not names:
            return self._checked(prefix + "}")
        before = "" if prefix.endswith("{") else ", "
        possible = [name for name in names if self._begins_with(prefix + before + _key(name))]
        late: list[tuple[str, str]] = []
        for name in possible:
            after = self.text(prefix + before + _key(name), value[name])
            if after is None:
                continue
            if not all(self._begins_with(f"{after}, {_key(other)}") for other in possible if other != name):
                late.append((name, after))
                continue
            found = self._members(after, [other for other in names if other != name], value)
            if found is not None:
                return found
        rest = (self._members(after, [other for other in names if other != name], value) for name, after in late)
        return next((found for found in rest if found is not None), None)

    def _checked(self, text: str) -> str | None:
        return text if self._begins_with(text) else None

    def _begins_with(self, text: str) -> bool:
        if not self._left:
            raise _Exhausted
        self._left -= 1
        return self._begins(text)


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) + ": "
