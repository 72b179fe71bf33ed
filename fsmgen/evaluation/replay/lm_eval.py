"""Sample logs of lm-evaluation-harness: `samples_TASK_DATE.jsonl`, one line for each item and filter."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fsmgen.errors import BrokenFile, InvalidOption
from fsmgen.evaluation.readers import Row, read_rows
from fsmgen.evaluation.replay.outputs import Output

_KNOWN = frozenset({
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash", "target_hash",
})  # fmt: skip


def lm_eval_filters(path: Path) -> tuple[str, ...]:
    """The filters of a log, in order of first use; errors as `read_lm_eval`."""
    return tuple(dict.fromkeys(_text(row.get("filter", "none")) for row in read_rows(path, format="jsonl")))


def read_lm_eval(path: Path, *, filter: str | None = None) -> list[Output]:  # noqa: A002 - as there
    """The outputs of a log: what the model wrote, before filters; of multiple choice, the likeliest choice and the likelihoods of all.

    Args:
        filter: whose recorded scores are taken; the first one by default. The texts are the same under all.

    Raises:
        BrokenFile: a line is none of such a log.
        InvalidOption: no line has that filter.
    """
    filters = lm_eval_filters(path)
    if filter is not None and filter not in filters:
        raise InvalidOption("filter", filter, allowed=f"one of {', '.join(filters) or 'none: the log is empty'}")
    wanted = filter or (filters[0] if filters else "none")
    found: list[Output] = []
    for number, row in enumerate(read_rows(path, format="jsonl"), start=1):
        if _text(row.get("filter", "none")) == wanted:
            found += _outputs(path, number, row)
    return found


def _outputs(path: Path, number: int, row: Row) -> Iterator[Output]:
    try:
        arguments = _arguments(row["arguments"])
        responses = row["resps"]
        shared: dict[str, Any] = {
            "index": int(row["doc_id"]), "prompt_text": _text(arguments[0][0]), "scores": _scores(row), "question": _question(row)
        }  # fmt: skip
        if _is_choice(responses):
            yield _choice(row, arguments, responses, shared)
            return
        for epoch, text in enumerate(responses[0]):
            yield Output(text=_text(text), gold=_text(row["target"]), epoch=epoch, **shared)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        reason = f"line {number} is no sample of lm-evaluation-harness: {type(error).__name__} {error}"
        raise BrokenFile(path, reason=reason) from error


def _choice(row: Row, arguments: list[list[Any]], responses: list[Any], shared: Mapping[str, Any]) -> Output:
    likelihoods = tuple(_likelihood(response) for response in responses)
    choices = tuple(_text(argument[1]).strip() for argument in arguments)
    best = max(range(len(choices)), key=lambda place: likelihoods[place])
    target = _text(row["target"]).strip()
    gold = choices[int(target)] if target.isdigit() else target  # the harness takes digits for a place, whatever the choices say
    return Output(text=choices[best], gold=gold, choices=choices, likelihoods=likelihoods, **shared)


def _is_choice(responses: list[Any]) -> bool:
    """Whether each response is a likelihood with whether it is greedy, as `[["-1.5", "False"]]`, and not a text."""
    return all(isinstance(each[0], list | tuple) and len(each[0]) == 2 and str(each[0][1]) in ("True", "False") for each in responses)


def _likelihood(response: list[Any]) -> float:
    return float(response[0][0])


def _arguments(arguments: object) -> list[list[Any]]:
    """The arguments of the requests, which newer versions write as objects with numbered keys."""
    if isinstance(arguments, Mapping):
        return [[each[f"arg_{place}"] for place in range(len(each))] for each in arguments.values()]
    if isinstance(arguments, list):
        return arguments
    raise TypeError(f"arguments are a list or an object, and these are {type(arguments).__name__}")


def _question(row: Row) -> str:
    doc = row.get("doc")
    asked = next((doc[key] for key in ("question", "input", "query", "problem") if isinstance(doc, Mapping) and key in doc), "")
    return _text(asked) if asked else ""


def _scores(row: Row) -> dict[str, float | str]:
    return {
        name: score for name, score in row.items() if name not in _KNOWN and isinstance(score, str | int | float)
    }  # bools are numbers here


def _text(content: object) -> str:
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
