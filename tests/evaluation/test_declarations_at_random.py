"""Declarations and logs with something wrong in them: they load, or an error of ours says why."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import BrokenFile, FsmgenError, InvalidTask
from fsmgen.evaluation.catalogue import Data, built
from fsmgen.evaluation.catalogue.declaration import declared
from fsmgen.evaluation.lint import lint
from fsmgen.evaluation.replay import read_inspect, read_lm_eval

WHOLE = tomllib.loads("""
description = "d"
[dataset]
rows = [{ q = "1 + 1?", a = "2", c = ["2", "3"] }, { q = "2 + 1?", a = "3", c = ["2", "3"] }]
[examples]
items = true
[item]
question = "{{ q }}"
gold = "{{ a }}"
solution = "Add."
choices = "{{ c }}"
[[prompt]]
name = "one"
question = "{{ cue }} {{ question }}"
answer = " {{ solution }} The answer is {{ gold }}."
[prompt.variants]
cue = { q = "Q:", p = "P:" }
[extraction]
before = "The answer is"
after = "."
kind = "number"
rung = "strict"
[constraint]
template = "{reasoning} The answer is {answer}."
leading_space = "optional"
[constraint.holes]
reasoning = { regex = "[A-Za-z.]+" }
answer = { choice = "answers" }
[recorded.here]
rows = [{ said = "The answer is 2.", n = 0 }]
text = "{{ said }}"
index = "{{ n }}"
""")
ODD = st.sampled_from(
    [None, True, 0, -1, 3.5, "", "{{", "{{ x }}", "{{ q }}", "(", "answers", [], ["a"], [1], {}, {"a": 1}, {"regex": "("}, [{}], "x" * 50]
)


def places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Every place inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from places(each, (*path, key))


def changed(value: object, path: tuple[object, ...], new: object, *, name: str = "") -> object:
    """A copy with another value at a place; under another name, if one is given."""
    copied = copy.deepcopy(value)
    holder = copied
    for key in path[:-1]:
        holder = holder[key]  # type: ignore[index]
    if name:
        new = holder.pop(path[-1])  # type: ignore[attr-defined]
    holder[name or path[-1]] = new  # type: ignore[index]
    return copied


def refusal(work: Callable[[], object], kind: type[FsmgenError]) -> str | None:
    """What an error of this kind says; None if there is none. Any other error is raised."""
    try:
        work()
    except kind as error:
        return str(error)
    return None


def test_the_declaration_itself_is_right():
    task = built(declared(WHOLE, "t.toml"), Data())
    assert lint(task).errors == 0
    assert [prompt.name for prompt in task.prompts] == ["one: q", "one: p"]


@given(st.sampled_from(list(places(WHOLE))), ODD)
def test_any_value_anywhere_loads_or_is_refused_in_words(path, new):
    tables = changed(WHOLE, path, new)
    message = refusal(lambda: lint(built(declared(tables, "t.toml"), Data())), FsmgenError)  # type: ignore[arg-type]
    assert message is None or len(message) > 10


KEYS = [path for path in places(WHOLE) if isinstance(path[-1], str) and "rows" not in path and path[-2:-1] not in (("holes",), ("cue",))]


@pytest.mark.parametrize("path", [path for path in KEYS if path[-1] not in ("cue", "here") and len(str(path[-1])) > 2])
def test_a_key_with_a_slip_is_never_passed_over(path):
    """The message names the slip or what is missing for it, so a misspelt option cannot be ignored."""
    slip = f"{str(path[-1])[:-1]}z"
    with pytest.raises(InvalidTask) as caught:
        declared(changed(WHOLE, path, None, name=slip), "t.toml")  # type: ignore[arg-type]
    assert slip in str(caught.value) or str(path[-1]) in str(caught.value)


LINE = {
    "doc_id": 0, "doc": {"question": "q"}, "target": "1", "arguments": {"gen_args_0": {"arg_0": "p", "arg_1": " a"}, "gen_args_1":
    {"arg_0": "p", "arg_1": " b"}}, "resps": [[["-1.5", "False"]], [["-0.5", "True"]]], "filter": "none", "acc": 1.0,
}  # fmt: skip
MESSAGE = {"role": "assistant", "content": [{"type": "text", "text": "x"}]}
LOG = {
    "eval": {"task": "t", "model": "m"},
    "samples": [
        {
            "id": 1, "epoch": 1, "input": "q", "target": ["2"], "messages": [{"role": "user", "content": "q"}, MESSAGE], "choices": ["a"],
            "output": {"choices": [{"message": MESSAGE, "stop_reason": "stop"}]}, "scores": {"s": {"value": "C"}}, "attachments": {},
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("logs")


@given(st.sampled_from(list(places(LINE))), ODD)
def test_a_line_of_a_log_with_any_value_anywhere_is_read_or_refused(folder, path, new):
    (folder / "s.jsonl").write_text(json.dumps(changed(LINE, path, new)))
    message = refusal(lambda: read_lm_eval(folder / "s.jsonl"), BrokenFile)
    assert message is None or "line 1" in message


@given(st.sampled_from(list(places(LOG))), ODD)
def test_a_log_of_inspect_with_any_value_anywhere_is_read_or_refused(folder, path, new):
    (folder / "l.json").write_text(json.dumps(changed(LOG, path, new)))
    message = refusal(lambda: read_inspect(folder / "l.json"), BrokenFile)
    assert message is None or "no log of inspect_ai" in message
