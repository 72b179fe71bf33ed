"""Interventions by their place in the constraint: names of holes, rules and texts, counted over answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from fsmgen.decoding import Generation, generate
from fsmgen.evaluation.arms import KINDS, Declared, FullConstraint, Json, SameReasoning, Template, TwoStage, Vote
from fsmgen.evaluation.catalogue.constraints import DeclaredConstraint
from fsmgen.evaluation.effects import place
from fsmgen.evaluation.effects.places import places
from fsmgen.evaluation.languages import declared_of, languages_of
from fsmgen.evaluation.statistics import Unsaid
from fsmgen.frontends import grammar_named, regex, template
from tests.decoding.conftest import ToyModel

pytestmark = pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")
FORM = template("{first} is {second}", first=regex("[a-c]{1,9}"), second=grammar_named("arithmetic"))


@pytest.mark.parametrize("space", ["no", "optional", "required"])
def test_a_hole_is_named_wherever_the_text_stops(space):
    language, before = FORM.with_leading_space(space), " " * (space == "required")
    assert "first" in place(language, before)
    assert place(language, before + "ab") == "inside first, ' is '"
    assert "operand: number" in place(language, before + "ab is ")
    assert "operand: inside number" in place(language, before + "ab is 1")


def test_holes_may_have_any_name_and_the_language_is_the_same():
    odd = template("a {start} b {value}", start=regex("x{1,3}"), value=grammar_named("arithmetic"))
    assert place(odd, "a x") == "inside start, ' b '"
    outlined = odd.grammar.outlined()
    for text in ("a x b 1+2", "a xxx b (1)", "a b 1", "a x b", "a xxxx b 1"):
        kept, named = (grammar.automaton("x") for grammar in (odd.grammar, outlined))
        assert accepts(kept, text) == accepts(named, text)


def accepts(states, text: str) -> bool:
    state = states.start
    for byte in text.encode():
        state = states.step(state, byte)
    return bool(state) and states.accepting(state)


def wishing(*favourites: int) -> ToyModel:
    """Prefers these tokens at its steps."""

    def logits(history: tuple[int, ...]) -> list[float]:
        return [6.0 if token == favourites[len(history) - 1] else 0.0 for token in range(4)]

    return ToyModel([b"a", b"b", b"c"], logits=logits)


def test_places_are_counted_with_what_was_wanted_and_came():
    language = template("{x}c", x=regex("a{1,3}"))
    model = wishing(1, 1, 2, 0, 0)
    answers = generate(model, ["x"] * 3, language, max_tokens=6)
    found = places(answers, lambda answer: language)
    assert not isinstance(found, Unsaid)
    assert found.interventions == found.looked == sum(wanted is not None for answer in answers for wanted in answer.wanted) > 0
    assert {answer.text for answer in answers} == {"aaac"}
    assert [(each.place, each.times, each.answers, each.wanted, each.got) for each in found.found] == [
        ("'c'", 3, 3, ("<end>", 3), ("'c'", 3)),
        ("inside x, 'c'", 3, 3, ("'b'", 3), ("'a'", 3)),
    ]
    short = places(answers, lambda answer: language, limit=1)
    assert not isinstance(short, Unsaid) and short.looked == 3 < short.interventions


def test_what_is_not_known_is_said():
    [answer] = generate(wishing(1, 1, 2, 0, 0), ["x"], regex("a{1,3}c"), max_tokens=6)
    assert places([answer], lambda _: Unsaid("no language")) == Unsaid("no language")
    earlier: Generation = replace(answer, wanted_texts=())
    assert isinstance(places([earlier], lambda _: regex("a{1,3}c")), Unsaid)


@dataclass(frozen=True)
class Constrained:
    constraint: str | None


@pytest.mark.parametrize("arm", [FullConstraint(), Template(), Json(), SameReasoning(), TwoStage(), Vote(Json())], ids=lambda arm: arm.name)
def test_the_constraint_of_an_arm_is_made_again_from_its_facts(arm):
    manifest = {"arms": {arm.name: arm.facts()}, "form": {"before": "The answer is", "after": ".", "kind": "number", "options": []}}
    find = languages_of(arm.name, manifest)
    other = find(Constrained("something else"))
    assert isinstance(other, Unsaid) and "which records do not keep" in other.reason
    inner = arm.arm if isinstance(arm, Vote) else arm
    made = inner.last_language if isinstance(inner, (SameReasoning, TwoStage)) else inner.language
    from fsmgen.evaluation.arms import Question
    from fsmgen.evaluation.extraction import AnswerForm

    language = made(Question("", AnswerForm()))
    assert find(Constrained(language.source)) == language


def test_a_declared_constraint_is_in_the_manifest_and_an_unknown_arm_has_none():
    declared = DeclaredConstraint("template", "{a}!", holes=(("a", DeclaredConstraint("choice", ("x", "y"))),))
    facts = {"kind": "template", "source": "{a}!", "leading_space": "no", "gold": "", "holes": [["a", {
        "kind": "choice", "source": ["x", "y"], "leading_space": "no", "gold": "", "holes": []}]]}  # fmt: skip
    assert declared_of(facts) == declared
    form = {"before": "", "after": "", "kind": "text", "options": []}
    manifest = {"arms": {"d": Declared().facts(), "r": {"kind": "Recorded"}}, "form": form, "constraint": facts}
    assert not isinstance(languages_of("d", manifest)(Constrained("template '{a}!'")), Unsaid)
    for name, content in (("d", {**manifest, "constraint": None}), ("r", manifest)):
        found = languages_of(name, content)(Constrained("x"))
        assert isinstance(found, Unsaid) and "cannot be made again" in found.reason
    assert "exact" in KINDS and "reweighted" in KINDS
