"""The case files in all forms of white space and both orders of properties; and jsonschema's opinion of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

import fsmgen
from fsmgen import errors
from fsmgen.cli.referee import Referee, repeated_names
from fsmgen.frontends.json_schema import Indent
from fsmgen.grammar import States
from tests.frontends.json_schema.case_files import FORMS, Case, cases

CASES = list(cases())
WHITESPACE = {"compact": "compact", "spaced": "spaced", "indented": Indent(2), "flexible": "flexible"}
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def automaton(case: Case, form: str, order: str) -> States:
    options: dict[str, Any] = {"order": order, "whitespace": WHITESPACE[form], **case.options}
    language = fsmgen.json_schema(case.schema, **options)
    return language.grammar.automaton(language.source)


def accepts(states: States, text: str) -> bool:
    return states.accepting(states.run(states.start, text.encode()))


def check_texts(case: Case, form: str, order: str) -> None:
    states, spell = automaton(case, form, order), FORMS[form]
    free = order == "free"
    for text in case.accept + (case.accept_free if free else ()):
        assert accepts(states, spell(text)), f"{form}, {order}: rejects {spell(text)!r}"
        for other in FORMS.values():
            if form != "flexible" and other(text) != spell(text):
                assert not accepts(states, other(text)), f"{form}, {order}: accepts {other(text)!r}"
    for text in case.reject + (() if free else case.accept_free):
        assert not accepts(states, spell(text)), f"{form}, {order}: accepts {spell(text)!r}"


@by_name
def test_a_case_is_decided_as_it_says_in_every_form(case):
    if case.error:
        with pytest.raises(getattr(errors, case.error)) as caught:
            automaton(case, "spaced", "schema")
        assert not case.keyword or caught.value.keyword == case.keyword
        return
    for form in FORMS:
        for order in ("schema", "free"):
            try:
                check_texts(case, form, order)
            except errors.UnsupportedKeyword:
                if not case.may_refuse:
                    raise


@by_name
def test_jsonschema_agrees_with_a_case_about_its_values(case):
    if case.error or "format" in case.options:
        return
    referee = Referee(json.loads(case.schema))
    for text in case.accept + case.accept_free:
        assert referee.complaint(text) is None, text
    for text in case.reject if not case.options else ():
        assert repeated_names_of(text) or referee.complaint(text) is not None, text


def repeated_names_of(text: str) -> set[str]:
    try:
        return repeated_names(text)
    except ValueError:
        return set()
