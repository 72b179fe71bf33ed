"""Values of a declaration, taken one by one; what is left over is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from fsmgen.errors import InvalidTask
from fsmgen.evaluation.naming import meant

_T = TypeVar("_T")
_REQUIRED: Any = object()
_NAMES = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}


class Table:
    """A table of a task's file.

    >>> table = Table("t.toml", "extraction", {"knd": "number"})
    >>> table.take("kind", str, "number"), table.unknown()
    ('number', ['knd'])
    """

    def __init__(self, task: str, place: str, content: Mapping[str, object]) -> None:
        self.task, self.place = task, place
        self._content = dict(content)
        self._known: list[str] = []

    def take(self, key: str, kind: type[_T], default: _T = _REQUIRED) -> _T:
        """The value of a key.

        Raises:
            InvalidTask: it is missing and has no default, or is of another kind.
        """
        self._known.append(key)
        if key not in self._content:
            if default is _REQUIRED:
                self._refuse_missing(key)
            return default
        found = self._content.pop(key)
        if type(found) is not kind:
            self.refuse(key, f"it is {_NAMES.get(kind, kind.__name__)}, and this is {_NAMES.get(type(found), repr(found))}: {found!r:.60}")
        return found

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts."""
        found = self.take(key, list, list(default))
        if not all(isinstance(each, str) for each in found):
            self.refuse(key, f"it is a list of texts, and this is {found!r:.60}")
        return tuple(found)

    def mapping(self, key: str) -> dict[str, str]:
        """A table of texts."""
        found: dict[str, Any] = self.take(key, dict, {})
        for name, each in found.items():
            if not isinstance(each, str):
                self.refuse(f"{key}.{name}", f"it is a text, and this is {each!r:.60}")
        return found

    def table(self, key: str) -> Table | None:
        """A table inside this one."""
        found: dict[str, Any] = self.take(key, dict, {})
        return Table(self.task, f"{self.place}.{key}".lstrip("."), found) if found else None

    def has(self, key: str) -> bool:
        return key in self._content

    def get(self, key: str) -> object:
        """The value of a key of any kind, which a later call takes; None if there is none."""
        return self._content.get(key)

    def unknown(self) -> list[str]:
        """The keys that nobody took."""
        return list(self._content)

    def finish(self) -> None:
        """Refuse what is left.

        Raises:
            InvalidTask: naming the first unknown key and the nearest known one.
        """
        for key in self._content:
            self.refuse(key, f"there is no such key{meant(key, self._known)}")

    def refuse(self, key: str, reason: str) -> NoReturn:
        """Raise InvalidTask for a key of this table; for the table itself if the key is empty."""
        raise InvalidTask(self.task, place=".".join(part for part in (self.place, key) if part) or "the file", reason=reason)

    def _refuse_missing(self, key: str) -> NoReturn:
        near = meant(key, self._content)
        self.refuse(key, "it is missing" + (near if "mean" in near else ""))
