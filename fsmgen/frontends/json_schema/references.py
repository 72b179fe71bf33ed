"""URIs (RFC 3986) and JSON pointers (RFC 6901) of references.

    >>> resolved("http://example.com/schemas/a.json", "../b.json#/x")
    'http://example.com/b.json#/x'
    >>> resolved("urn:uuid:deadbeef", "#name")
    'urn:uuid:deadbeef#name'
    >>> steps("/a~1b/%25/0")
    ['a/b', '%', '0']
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

_URI = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)


@lru_cache(4096)
def resolved(base: str, reference: str) -> str:
    """A reference as seen from a base URI, which may be empty. Section 5.2 of RFC 3986."""
    scheme, authority, path, query, fragment = _split(reference)
    if scheme is None:
        scheme, base_authority, base_path, base_query, _ = _split(base)
        if authority is None:
            if not path:
                path, query = base_path, base_query if query is None else query
            elif not path.startswith("/"):
                path = _merged(base_authority, base_path, path)
            authority = base_authority
    return _joined(scheme, authority, _without_dots(path), query, fragment)


def fragment_of(uri: str) -> tuple[str, str]:
    """A URI without its fragment, and the fragment."""
    whole, _, fragment = uri.partition("#")
    return whole, fragment


def steps(fragment: str) -> list[str]:
    """The steps of a JSON pointer in a fragment, percent-encoded as it is there."""
    return [step.replace("~1", "/").replace("~0", "~") for step in unquote(fragment).split("/")[1:]]


def _split(uri: str) -> tuple[str | None, str | None, str, str | None, str | None]:
    found = _URI.fullmatch(uri)
    assert found is not None  # every text is matched
    return found[1], found[2], found[3], found[4], found[5]


def _joined(scheme: str | None, authority: str | None, path: str, query: str | None, fragment: str | None) -> str:
    return "".join([
        "" if scheme is None else f"{scheme}:", "" if authority is None else f"//{authority}", path,
        "" if query is None else f"?{query}", "" if fragment is None else f"#{fragment}",
    ])  # fmt: skip


def _merged(authority: str | None, base: str, path: str) -> str:
    if authority is not None and not base:
        return f"/{path}"
    return base[: base.rfind("/") + 1] + path


def _without_dots(path: str) -> str:
    """A path without the steps `.` and `..`."""
    if "." not in path:
        return path
    kept: list[str] = []
    parts = path.split("/")
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        if part == "..":
            if len(kept) > 1 or (kept and kept[0]):
                kept.pop()
        elif part != ".":
            kept.append(part)
            continue
        if last:
            kept.append("")
    return "/".join(kept)
