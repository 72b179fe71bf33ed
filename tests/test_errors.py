"""Errors cross from one process to another with their facts."""

from __future__ import annotations

import inspect
import pickle
from pathlib import Path

import pytest

from fsmgen import errors

VALUES = {"Path": Path("a/b"), "int": 3, "int | None": -9, "Iterable[int]": (1, 2)}
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.FsmgenError)]


def made(kind):
    if not inspect.isfunction(kind.__init__):
        return kind("said")
    told = list(inspect.signature(kind).parameters.values())
    values = {each.name: VALUES.get(each.annotation, "a (b") for each in told}
    first = [values.pop(each.name) for each in told if each.kind is each.POSITIONAL_OR_KEYWORD]
    return kind(*first, **values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_is_the_same_after_it_was_pickled(kind):
    error = made(kind)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind and str(again) == str(error) and again.__dict__ == error.__dict__
