"""Every arm on the embedded model: what its answers are, and the laws that tie the scoring ways to each other."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.decoding import LanguageModel, choice_likelihoods, generate, load_model, marginal_likelihoods
from fsmgen.embedded.formats import FAVOURITE
from fsmgen.errors import CannotRun, InputError, InvalidOption
from fsmgen.evaluation.arms import (
    KINDS,
    AnswerOnly,
    Arm,
    ChoiceLikelihood,
    Coalescing,
    Declared,
    FreeText,
    FullConstraint,
    Json,
    Judged,
    LetterConstrained,
    LetterGenerated,
    MarginalLikelihood,
    OneHalf,
    Options,
    Question,
    SameReasoning,
    Template,
    TwoStage,
    Vote,
    Watching,
    agreement,
    arm_of,
    read_arm,
)
from fsmgen.evaluation.arms.generating import CHARACTERS
from fsmgen.evaluation.catalogue.constraints import DeclaredConstraint
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.extraction import THE_ANSWER_IS, AnswerForm, extract
from fsmgen.evaluation.metrics import NORMALISATIONS
from fsmgen.evaluation.prompts import FormatPrompt, TemplatePrompt
from fsmgen.evaluation.records import Record
from fsmgen.evaluation.running import run
from fsmgen.evaluation.tasks import Item, Task, story_task
from fsmgen.frontends.combining import membership

LETTERS = ("A", "B", "C", "D")
LISTED = "Question: {{ question }}\n{% for choice in choices %}- {{ choice }}\n{% endfor %}Answer:"


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load_model("embedded:stories")


def choices_of(items: int) -> Task:
    """Stories with four numbers to choose from, answered by letter."""
    found = []
    for number, item in enumerate(story_task("dev", items).items):
        texts = [str(int(item.gold) + step) for step in (0, 1, 10, 2)]
        turned = tuple(texts[number % 4 :] + texts[: number % 4])
        found.append(replace(item, gold=LETTERS[turned.index(item.gold)], choices=turned, labels=LETTERS))
    return Task("story-choices", tuple(found), form=AnswerForm(kind="option", options=LETTERS))


def records_of(model: LanguageModel, arm: Arm, folder, task: Task | None = None, **changes) -> list[Record]:
    """What an arm gives for a task, beside the reference."""
    task = task or story_task("dev", 6)
    prompt = TemplatePrompt("listed", LISTED) if task.items[0].choices else FormatPrompt(FAVOURITE)
    experiment = Experiment(task, (prompt,), (arm,), model, **{"max_tokens": 64, "reference": arm.name, **changes})
    return list(run(experiment, folder).records)


def test_full_text_answers_match_what_their_arm_declares(model, tmp_path):
    patterns = {
        FullConstraint(longest=60): r" ?[A-Za-z0-9 ,.:+*=-]{1,60}The answer is [0-9]{1,4}\.",
        AnswerOnly(): r"(?s:.*)The answer is [0-9]{1,4}\.",
        AnswerOnly(shortest=5, longest=12, unit="tokens"): r"(?s:.*)The answer is [0-9]{1,4}\.",
        AnswerOnly(trigger="=", longest=40, after="free"): r"(?s:[^=]{0,40}= [0-9]{1,4}\..*)",
        AnswerOnly(may_end=True, after="free"): r"(?s:(?!.*The answer is ).*|.*?The answer is [0-9]{1,4}\..*)",
        AnswerOnly(pattern="7|[1-3]{2}"): r"(?s:.*)The answer is (7|[1-3]{2})\.",
        Options(): r" ?[0-9]{1,4}",
        Json(): r' ?\{"reasoning": "[^"]{1,80}", "answer": [0-9]{1,4}\}',
        Json(first="answer"): r' ?\{"answer": [0-9]{1,4}, "reasoning": "[^"]{1,80}"\}',
        Template("{work} = {answer}!", holes=(("work", "[0-9*+ -]{3,9}"),)): r" ?[0-9*+ -]{3,9} = [0-9]{1,4}!",
        SameReasoning(): r"(?s:.*)The answer is [0-9]{1,4}\.",
        TwoStage(): r"The answer is [0-9]{1,4}",
    }
    for number, (arm, pattern) in enumerate(patterns.items()):
        for record in records_of(model, arm, tmp_path / str(number)):
            assert re.fullmatch(pattern, record.text), (arm.name, record.text)
            assert record.trial.arm == arm.name
            assert len(record.ids) == len(record.logprobs) == len(record.allowed_mass) == len(record.wanted) <= 64
            if isinstance(arm, Json):
                assert set(json.loads(record.text)) == {"reasoning", "answer"}


def test_an_answer_may_end_unannounced_where_the_arm_says_so():
    question = Question("?", THE_ANSWER_IS)
    free, required = (membership(AnswerOnly(may_end=each).language(question)) for each in (True, False))
    found = {text: (free(text), required(text)) for text in ("7 of them.", "The answer is", "The answer is 7.", "The answer is x.")}
    assert list(found.values()) == [(True, False), (True, False), (True, True), (False, False)]
    with pytest.raises(InvalidOption, match="characters"):
        AnswerOnly(may_end=True, longest=9, unit="tokens")


@given(st.lists(st.sampled_from(["The answer is ", "The answer", " is ", "x", "7.", ". ", "T"]), min_size=1, max_size=9).map("".join))
def test_reasoning_before_an_answer_of_any_text_ends_at_its_first_announcement(text):
    arm, form = FullConstraint(shortest=1, longest=12), AnswerForm(before="The answer is", after=".", kind="text")
    first = text.find("The answer is ", 1)
    place = -1 if text.startswith("The answer is ") else first
    value = text[place + len("The answer is ") :]
    within = 1 <= place <= 12 and re.fullmatch(f"[{CHARACTERS}]*", text[:place]) and 2 <= len(value) <= 81 and value.endswith(".")
    assert bool(re.fullmatch(arm.pattern(form), text)) == bool(within)


def test_bounds_on_reasoning_and_on_an_answer_of_any_text_add_up_and_do_not_multiply():
    form = AnswerForm(before="The answer is", after=".", kind="text")
    for arm, most in ((FullConstraint(), 6000), (Json(), 1500), (Json(first="answer"), 1500)):
        states = arm.language(Question("", form)).grammar.automaton(arm.name)
        seen, queue = {states.start}, [states.start]
        while queue and len(seen) <= most:
            state = queue.pop()
            after = {states.step(state, label) for label in states.labels} - {0} - seen
            seen |= after
            queue += after
        assert len(seen) <= most, arm.name


@pytest.mark.parametrize(("characters", "sign"), [(r"\x20-\x7e", '"'), (r"a-z\n", "\n"), (r"a-z\\", "\\")])
def test_reasoning_in_json_has_no_character_that_json_escapes(characters, sign):
    with pytest.raises(InvalidOption, match=re.escape(f"without {sign!r}")):
        Json(characters=characters)
    assert Json(characters=r"\x20!#-\x5b\x5d-\x7e")


def test_answers_of_options_are_those_of_the_item(model, tmp_path):
    for number, arm in enumerate((Options(), FullConstraint(longest=30), Json(longest=30), SameReasoning(), TwoStage())):
        for record in records_of(model, arm, tmp_path / str(number), choices_of(4)):
            assert extract(record.text, "flexible", form=AnswerForm(kind="option", options=LETTERS)).value in LETTERS


def test_a_declared_constraint_is_that_of_the_task(model, tmp_path):
    task = replace(story_task("dev", 3), constraint=DeclaredConstraint("regex", "[0-9]{2}", leading_space="required"))
    assert all(re.fullmatch(" [0-9]{2}", record.text) for record in records_of(model, Declared(), tmp_path / "a", task))
    with pytest.raises(CannotRun, match="a task that declares a constraint"):
        records_of(model, Declared(), tmp_path / "b")


def test_the_same_reasoning_is_the_free_one_up_to_its_own_answer(model, tmp_path):
    free = {record.trial.item: record for record in records_of(model, FreeText(), tmp_path / "free", max_tokens=48)}
    for record in records_of(model, SameReasoning(answer_tokens=16), tmp_path / "same"):
        reasoning, answer = record.parts
        assert reasoning.ids == free[record.trial.item].ids
        before = record.text[: record.text.rindex("The answer is")].rstrip()
        assert free[record.trial.item].text.startswith(before)
        assert record.text.endswith(answer.text) and answer.prompt_text.endswith("The answer is")


def test_a_second_stage_reads_the_first_answer_whole(model, tmp_path):
    for record in records_of(model, TwoStage(instruction="\nIn short:"), tmp_path):
        first, second = record.parts
        assert second.prompt_text == record.prompt_text + first.text + "\nIn short:"
        assert (f"The answer is {second.text.removeprefix(' ')}", first.constraint is None) == (record.text, True)


def test_a_stop_string_ends_a_free_answer(model, tmp_path):
    arm = FreeText(stop=("The answer",))
    assert arm.name == "free text, up to 'The answer'"
    found = records_of(model, arm, tmp_path)
    assert {record.stop_reason for record in found} & {"stop"}
    assert not any("The answer" in record.text for record in found)


def test_a_watched_arm_gives_the_free_answers_and_where_they_leave(model, tmp_path):
    free = records_of(model, FreeText(), tmp_path / "free")
    watched = records_of(model, Watching(FullConstraint()), tmp_path / "watched")
    for one, other in zip(free, watched, strict=True):
        assert (one.ids, one.watched, one.text) == (other.ids, None, other.text)
        seen = other.watched
        assert seen.complete == bool(re.fullmatch(" ?" + FullConstraint().pattern(THE_ANSWER_IS), other.text))
        assert (seen.departed is None) or len(seen.mass) == seen.departed + 1


def test_coalesced_answers_are_in_the_language_and_ask_the_model_less(model, tmp_path):
    plain = records_of(model, Json(), tmp_path / "plain")
    for policy in ("longest", "canonical"):
        arm = Coalescing(Json(), policy)
        assert arm.name == f"JSON, reasoning first, forced texts {policy}"
        found = records_of(model, arm, tmp_path / policy)
        assert all(set(json.loads(record.text)) == {"reasoning", "answer"} for record in found)
        assert sum(record.calls for record in found) < sum(record.calls for record in plain)
        assert all(record.skipped > 0 for record in found) and not any(record.skipped for record in plain)


def test_a_vote_takes_the_value_that_most_samples_have(model, tmp_path):
    arm = Vote(FullConstraint(), samples=5, temperature=1.5)
    found = records_of(model, arm, tmp_path)
    for record in found:
        values = [extract(part.text, "flexible").value for part in record.parts]
        value = extract(record.text, "flexible").value
        assert [part.name for part in record.parts] == [f"sample {number}" for number in range(1, 6)]
        assert values.count(value) == max(map(values.count, values)) == record.extra["votes"]
        assert record.text == record.parts[values.index(value)].text
    assert any(record.extra["values"] > 1 for record in found), "samples of one question are drawn apart"


def test_likelihood_arms_are_the_likelihoods_of_the_choices(model, tmp_path):
    task = choices_of(5)
    for number, normalisation in enumerate(NORMALISATIONS):
        arm = ChoiceLikelihood(normalisation=normalisation)
        for record in records_of(model, arm, tmp_path / str(number), task):
            item = next(item for item in task.items if item.id == record.trial.item)
            [row] = choice_likelihoods(model, [(record.prompt_text, [" " + text for text in item.choices])])
            totals = [each.total for each in row]
            assert [sum(each.logprobs) for each in record.scored] == pytest.approx(totals, abs=1e-4)
            lengths = {"raw": [1] * 4, "token": [len(each.ids) for each in row], "character": [len(text) for text in item.choices]}
            if normalisation in lengths:
                values = [total / length for total, length in zip(totals, lengths[normalisation], strict=True)]
                assert record.extra["chosen"] == values.index(max(values))
            assert record.text == f"The answer is {LETTERS[record.extra['chosen']]}."
            assert record.extra["coverage"] == pytest.approx(sum(map(math.exp, totals)), rel=1e-3)
            assert record.extra["outside"] == (not any(each.greedy for each in row))


def test_separate_tokens_are_an_arm_of_their_own(model, tmp_path):
    names = {ChoiceLikelihood(over, "raw", tokens).name for over in ("options", "letters") for tokens in ("joint", "separate")}
    assert len(names) == 4
    found = records_of(model, ChoiceLikelihood(tokenization="separate"), tmp_path, choices_of(3))
    assert all(each.split for record in found for each in record.scored)


def test_letter_constrained_greedy_equals_the_letter_likelihood_argmax_on_every_item(model, tmp_path):
    task = choices_of(120)
    constrained = records_of(model, LetterConstrained(), tmp_path / "constrained", task)
    scored = {record.trial.item: record for record in records_of(model, ChoiceLikelihood("letters"), tmp_path / "scored", task)}
    free = {record.trial.item: record for record in records_of(model, LetterGenerated(), tmp_path / "free", task)}
    for record in constrained:
        likelihood = scored[record.trial.item]
        assert record.extra["chosen"] == likelihood.extra["chosen"]
        assert record.text == likelihood.text
        assert record.budget_step is None, "a wrong letter is wrong, not closed by the budget with which the arm works"
        assert record.extra["coverage"] == pytest.approx(likelihood.extra["coverage"], rel=1e-3)
        assert free[record.trial.item].extra["outside"] == likelihood.extra["outside"]
        if not likelihood.extra["outside"]:
            assert free[record.trial.item].text == likelihood.text
    assert len({record.extra["chosen"] for record in constrained}) > 1


def test_marginal_likelihoods_choose_by_whole_texts_and_say_when_they_are_sure(model, tmp_path):
    task = choices_of(3)
    for record in records_of(model, MarginalLikelihood(limit=48), tmp_path, task):
        found = marginal_likelihoods(model, record.prompt_text, [each.scored for each in record.scored], limit=48)
        assert [each.marginal_low for each in record.scored] == pytest.approx([each.low for each in found], abs=1e-4)
        assert record.extra["chosen"] == max(range(4), key=lambda place: found[place].low)
        others = [each.high for place, each in enumerate(found) if place != record.extra["chosen"]]
        assert record.extra["separated"] == (found[record.extra["chosen"]].low >= max(others))


def test_one_half_answers_where_a_choice_has_half_of_the_probability_by_its_definition(model, tmp_path):
    task = choices_of(6)
    for definition in ("raw", "normalised", "marginal"):
        for record in records_of(model, OneHalf(definition, limit=32), tmp_path / definition, task):
            raw = [math.exp(sum(each.logprobs)) for each in record.scored]
            p = {
                "raw": raw,
                "normalised": [value / sum(raw) for value in raw],
                "marginal": [0.0 if each.marginal_low is None else math.exp(each.marginal_low) for each in record.scored],
            }[definition]
            chosen = [place for place, value in enumerate(p) if value >= 0.5]
            assert record.text == (f"The answer is {LETTERS[chosen[0]]}." if chosen else "")


def test_a_verdict_is_one_of_two_words_in_both_orders_and_has_a_probability(model, tmp_path):
    arm = Judged(FreeText())
    found = records_of(model, arm, tmp_path, max_tokens=32)
    for record in found:
        direct, swapped = record.parts[-2:]
        assert {direct.text, swapped.text} <= {" yes", " no"}
        gold, text = record.gold, record.text.strip()
        assert f"First answer: {text}\nSecond answer: {gold}" in direct.prompt_text
        assert f"First answer: {gold}\nSecond answer: {text}" in swapped.prompt_text
        shares = []
        for part in (direct, swapped):
            [row] = choice_likelihoods(model, [(part.prompt_text, [" yes", " no"])])
            yes, no = (math.exp(each.total) for each in row)
            shares.append(yes / (yes + no))
        assert record.extra["verdict_probability"] == pytest.approx(sum(shares) / 2, abs=1e-4)
        assert record.extra["verdict"] == (record.extra["verdict_probability"] >= 0.5)
    stated = agreement(found)
    assert stated.answers == len(found)
    assert stated.share == sum(record.extra["verdicts_agree"] for record in found) / len(found)


def test_agreement_is_that_of_the_two_orders(model, tmp_path):
    [record, *_] = records_of(model, Judged(FreeText()), tmp_path, max_tokens=16)
    table = [(True, True)] * 6 + [(True, False)] * 2 + [(False, False)] * 2
    found = agreement(replace(record, extra={"verdict_direct": one, "verdict_swapped": other}) for one, other in table)
    assert (found.answers, found.share) == (10, 0.8)
    assert found.kappa == pytest.approx((0.8 - 0.56) / (1 - 0.56)) and found.first_bias == pytest.approx(0.2)
    assert agreement([replace(record, extra={"verdict_direct": True, "verdict_swapped": True})]).kappa is None
    with pytest.raises(InvalidOption, match="judged"):
        agreement([replace(record, extra={})])


def test_every_kind_has_a_usual_arm_that_reads_back_from_its_facts():
    names = set()
    for kind, made in KINDS.items():
        arm = read_arm(kind)
        assert arm == made() == arm_of(arm.facts()) == read_arm(json.dumps(arm.facts()))
        names.add(arm.name)
    assert len(names) == len(KINDS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fulll", "did you mean 'full'"),
        ("full:longst=3", "did you mean 'longest'"),
        ("full:longest=many", "longest of the arm 'full'"),
        ("full:longest=0", "between 0 and longest"),
        ("full:longest", "no parameter=value"),
        ("vote:arm=(full", "parentheses"),
        ("vote:arm=(ful)", "did you mean 'full'"),
        ("vote:temperature=0", "above 0"),
        ("likelihood:over=words", "over is 'words'"),
        ("json:first=last", "first is 'last'"),
        ("coalescing:policy=shortest", "policy is 'shortest'"),
        ("judged:wording=same?", "{question}"),
        ("template:text={reasoning", "a single '{'"),
        ("{no json", "is no JSON"),
        ('{"arm": 1}', 'with a "kind"'),
    ],
)
def test_an_arm_that_cannot_be_is_refused_with_the_nearest_name(text, message):
    with pytest.raises(InputError, match=re.escape(message)):
        read_arm(text)


def test_arms_inside_arms_are_read_from_parentheses():
    assert read_arm("coalescing:arm=(json:first=answer,longest=9),policy=longest") == Coalescing(Json("answer", longest=9), "longest")
    assert read_arm("vote:arm=(watching:arm=(full)),samples=2").name.endswith("vote of 2 at 0.7")
    assert read_arm('free:stop=["\\n", "Q:"]') == FreeText(("\n", "Q:"))


def test_choices_are_needed_to_score_them(model, tmp_path):
    with pytest.raises(CannotRun, match="likelihood of its choices"):
        records_of(model, ChoiceLikelihood(), tmp_path)


def test_free_greedy_answers_are_those_of_generate(model, tmp_path):
    for record in records_of(model, FreeText(), tmp_path):
        [answer] = generate(model, [record.prompt_text], max_tokens=64)
        assert (record.text, record.ids) == (answer.text, answer.ids)


def test_items_without_letters_are_answered_by_their_texts(model, tmp_path):
    items = (Item("1", "Is 2 and 2 four?", "yes", choices=("yes", "no")), Item("2", "Is 2 and 3 six?", "no", choices=("yes", "no")))
    task = Task("plausible", items, form=AnswerForm(kind="option", options=("yes", "no")))
    for record in records_of(model, ChoiceLikelihood(), tmp_path, task):
        assert record.text in ("The answer is yes.", "The answer is no.")
