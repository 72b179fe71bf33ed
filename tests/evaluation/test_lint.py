"""What lint counts, against Python's `re` and against the published figures."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.automata import Call, sequence, text
from fsmgen.automata import choice as choice_of
from fsmgen.evaluation.catalogue import DeclaredConstraint, load_task
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.evaluation.lint import Budget, Membership, lint
from fsmgen.evaluation.lint.alternatives import dead_alternatives
from fsmgen.evaluation.prompts import TemplatePrompt
from fsmgen.evaluation.tasks import Item, Task
from fsmgen.frontends import choice, gbnf, regex
from fsmgen.grammar import Grammar, Language
from fsmgen.tokens import Vocabulary

DATA = Path(os.environ.get("FSMGEN_DATA", ""))
needs_data = pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the public data")
REASONING = DeclaredConstraint("regex", r"[\w \.\*\-=\+,\?/]{50,700}")
ANSWER = DeclaredConstraint("regex", "[1-9][0-9]{0,9}")


def published(reasoning: str, answer: str) -> DeclaredConstraint:
    """The published pattern, with what the gold answers have in its two parts."""
    holes = (("reasoning", replace(REASONING, gold=reasoning)), ("answer", replace(ANSWER, gold=answer)))
    return DeclaredConstraint("template", "{reasoning}The answer is {answer}", holes=holes)


@needs_data
@pytest.mark.parametrize(
    ("reasoning", "answer", "reasoned", "unreachable"),
    [
        ("{{ solution }}", "{{ gold }}", 0, 16),
        ("{{ solution | replace('\n', ' ') }}", "{{ gold | replace(',', '') }}", 582, 2),
    ],
)
def test_the_published_pattern_of_gsm8k_has_the_known_faults(reasoning, answer, reasoned, unreachable):
    report = lint(load_task("gsm8k", data=DATA), published(reasoning, answer))
    check = report.check("reasoning: every gold is in the language")
    assert (check.looked_at, check.passed) == (1319, reasoned)
    answers = report.check("answer: every gold is in the language")
    assert (answers.looked_at, len(answers.findings)) == (1319, unreachable)
    bounds = report.check("reasoning: bounds fit every gold")
    assert bounds.kinds == {"longer than 700": 8, "shorter than 50": 4}
    assert report.errors >= len(check.findings) + len(answers.findings)


@needs_data
def test_the_constraint_that_ships_with_gsm8k_has_every_gold_and_every_shot():
    report = lint(load_task("gsm8k", data=DATA))
    assert (report.errors, report.warnings) == (0, 0)
    assert report.check("every gold is in the language").passed == 1319
    assert report.check("every shot is in the language").passed == 500


LOST = Grammar({"start": choice_of([text("a"), Call("lost")]), "lost": sequence([text("b"), Call("lost")])})
PATTERNS = ["[a-c]{2,4}", "a(b|cd)*", "(x|é){3}", "[^a]{1,2}", "", "ab?c|d"]


@given(st.sampled_from(PATTERNS), st.text("abcdxé", max_size=6))
def test_a_refused_text_stops_where_no_word_goes_on(pattern, text):
    """By brute force: the text up to the position begins a word, and with the next character it does not."""
    refusal = Membership(regex(pattern)).refusal(text)
    assert (refusal is None) == (re.fullmatch(pattern, text) is not None)
    if refusal is not None:
        assert begins(pattern, text[: refusal.position])
        if refusal.position < len(text):
            assert not begins(pattern, text[: refusal.position + 1])
        else:
            assert refusal.kind == "too short"


def begins(pattern: str, text: str) -> bool:
    """Whether a word begins with the text: some word with at most four letters more does, in these patterns."""
    ends = [""]
    for _ in range(5):
        if any(re.fullmatch(pattern, text + end) for end in ends):
            return True
        ends = [end + letter for end in ends for letter in "abcdxé"]
    return False


@pytest.mark.parametrize(
    ("language", "needless"),
    [
        (regex("([0-9]+|42|x)y"), ["'42'"]),
        (regex("a|b|[c-e]"), []),
        (regex("(aa)*|a{4}|b"), ["the one of 'aaaa'"]),
        (regex("(a|b)*|(ab)*"), ["the one of ''"]),
        (choice(["yes", "no"]), []),
        (gbnf('root ::= item | "x"\nitem ::= "a" | [a-b] | "c" item'), ["'a'"]),
        (Language(LOST, "rules"), ["lost"]),
    ],
)
def test_alternatives_that_no_text_needs(language, needless):
    assert [finding.where for finding in dead_alternatives(language).findings] == needless


def test_alternatives_that_a_tokenizer_cannot_write():
    vocabulary = Vocabulary.from_tokens([b"", b"y", b"es", b"n", b"o", b"\xc3"], eos_ids=[0])
    found = dead_alternatives(choice(["yes", "no", "né", "nes", "ny!"]), vocabulary).findings
    assert [finding.where for finding in found] == ["'ny!'", "'né'"]
    whole = Vocabulary.from_tokens([b"", *(bytes([i]) for i in range(256))], eos_ids=[0])
    assert not dead_alternatives(choice(["yes", "né"]), whole).findings


def test_faults_of_items_and_shots_are_counted_by_kind():
    items = (
        Item("1", "One?", "1", "It is one."),
        Item("2", "Two?", "2"),
        Item("3", "Two?", "2", "x" * 30),
        Item("4", "Four?", "4", "No: four!", choices=("5", "5")),
    )
    prompt = TemplatePrompt("p", "{{ question }}", " {{ solution }} The answer is 1.")
    task = Task("t", items, (Item("e", "One?", "1", "It is one."), Item("f", "Six?", "6", "It is six.")), AnswerForm(), "strict", (prompt,))
    holes = (("reasoning", DeclaredConstraint("regex", "[A-Za-z .]{1,20}")), ("answer", DeclaredConstraint("regex", "[0-3]")))
    report = lint(
        task, DeclaredConstraint("template", "{reasoning} The answer is {answer}.", holes=holes), budget=Budget(len, 40, context=44)
    )
    assert {check.name: (check.looked_at, check.kinds) for check in report.checks if check.findings} == {
        "gold is among the choices": (1, {"gold is no choice": 1, "a choice twice": 1}),
        "every question is asked once": (4, {"asked again": 1, "a shot": 1}),
        "extraction reads the gold from every shot": (2, {"another answer": 1}),
        "every gold is in the language": (3, {"character 'x'": 1, "character ':'": 1}),
        "reasoning: every gold is in the language": (3, {"too long": 1, "character ':'": 1}),
        "reasoning: bounds fit every gold": (3, {"longer than 20": 1}),
        "answer: every gold is in the language": (4, {"character '4'": 1}),
        "answer: every shot is in the language": (2, {"character '6'": 1}),
        "every shot is in the language": (2, {"character '6'": 1}),
        "every gold fits into max_tokens": (3, {"more than 40 tokens": 1}),
        "every prompt and max_tokens fit into the context": (4, {"more than the context of 44": 1}),
    }
    assert report.warnings == 2
    assert "always '2' scores 0.500 (2 of 4)" in list(report.lines())
