"""Keywords of older drafts, said in the words of draft 2020-12."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fsmgen.frontends.json_schema.keywords import WrongValue

OLD = frozenset({"additionalItems", "dependencies", "$recursiveRef", "exclusiveMinimum", "exclusiveMaximum"})
"""The keywords that may be said differently today; and `items`, where its value is an array."""


def modernised(found: dict[str, Any], conjunction: Callable[[str, list[int]], int]) -> None:
    """Replace old keywords of a schema, whose subschemas are locations, by today's.

    Args:
        conjunction: makes a schema of the name of a property and several schemas.

    Raises:
        WrongValue: a keyword is of no draft like this; the message names it.
    """
    _items(found)
    _bounds(found)
    _dependencies(found, conjunction)
    if "$recursiveRef" in found:
        found.setdefault("$dynamicRef", found.pop("$recursiveRef"))


def _items(found: dict[str, Any]) -> None:
    additional, items = found.pop("additionalItems", None), found.get("items")
    if type(items) is not list:
        return
    del found["items"]
    if "prefixItems" in found:
        raise WrongValue("items is an array beside prefixItems; write a schema for the items behind those")
    found["prefixItems"] = tuple(items)
    if additional is not None:
        found["items"] = additional


def _bounds(found: dict[str, Any]) -> None:
    """`exclusiveMinimum: true` makes `minimum` exclusive."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        value = found.get(exclusive)
        if type(value) is not bool:
            continue
        del found[exclusive]
        if value and bound not in found:
            raise WrongValue(f"{exclusive} is true, and there is no {bound}")
        if value:
            found[exclusive] = found.pop(bound)


def _dependencies(found: dict[str, Any], conjunction: Callable[[str, list[int]], int]) -> None:
    dependencies = found.pop("dependencies", None)
    if dependencies is None:
        return
    required, schemas = dict(found.get("dependentRequired", {})), dict(found.get("dependentSchemas", {}))
    for name, value in dependencies.items():
        if type(value) is tuple:
            required[name] = tuple(dict.fromkeys((*required.get(name, ()), *value)))
        else:
            schemas[name] = conjunction(name, [schemas[name], value]) if name in schemas else value
    found |= {"dependentRequired": required} if required else {}
    found |= {"dependentSchemas": schemas} if schemas else {}
