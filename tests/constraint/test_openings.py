"""Free text that is bounded in tokens: a token is allowed exactly if the trigger can be written in time, against a search over texts."""

from __future__ import annotations

import random
from functools import cache

import pytest

import fsmgen
from fsmgen.constraint import compile, load_constraint
from fsmgen.errors import BudgetTooSmall, InvalidOption, UnsupportedFeature
from fsmgen.frontends import any_of, free_until, integer, optional, regex, region, repeat, sequence, special_token, template
from fsmgen.tokens import Vocabulary
from fsmgen.tokens.bitmask import allowed_ids, new_rows
from tests.languages import BYTES

EOS, THINK = 0, 1
FEW = [None, None, *(text.encode() for text in ["a", "b", "#", "##", "a#", "#a", "b##a", "#1", "##12", "1", "2", "12", "ab", "bab"])]
VOCABULARY = Vocabulary.from_tokens(FEW, eos_ids=[EOS], special_ids={"</think>": THINK})
WHOLE = Vocabulary.from_tokens([*FEW, *BYTES, "é".encode(), b"\xa9#"], eos_ids=[EOS], special_ids={"</think>": THINK})
TEXTS = {token: data.decode() for token, data in enumerate(FEW) if data is not None}
TRIGGERS = ["##", "#", "a#a", "bab", "</think>"]
BOUNDS = [(0, 0), (0, 1), (0, 4), (2, 4), (3, 3), (2, None)]
FAR = 10**9


class Twin:
    """The definition: tokens of a text up to the end of its trigger, counted by trying all of them."""

    def __init__(self, trigger: str, low: int, high: int | None) -> None:
        self.trigger = trigger
        self.fewest = cache(self._fewest)
        least = self.fewest("", 0)
        self.low, self.high = low + least, FAR if high is None else high + least

    def after(self, text: str, token: int) -> str | None:
        """The text before the trigger's end; None after it. It is cut to what can still become the trigger."""
        if token == THINK:
            return None
        text += TEXTS[token]
        if self.trigger in text:
            return None
        return text[-(len(self.trigger) - 1) :] if len(self.trigger) > 1 else ""

    def ends(self, text: str) -> bool:
        """Whether the trigger ends for the first time where the text does."""
        return text.endswith(self.trigger) and self.trigger not in text[:-1]

    def _fewest(self, text: str, inside: int) -> int:
        """Tokens until the trigger ends with a token, of which at least so many come before the last one."""
        seen, texts, count = {(text, inside)}, [(text, inside)], 0
        while texts and count < 40:
            count += 1
            following = []
            for before, more in texts:
                if more == 0 and (self.trigger == "</think>" or any(self.ends(before + piece) for piece in TEXTS.values())):
                    return count
                for token in TEXTS:
                    after = self.after(before, token)
                    step = (after, max(0, more - 1))
                    if after is not None and step not in seen:
                        seen.add(step)
                        following.append(step)
            texts = following
        return FAR

    def allows(self, text: str, taken: int, token: int) -> bool:
        """Whether the bound allows one more token, which the language allows."""
        after = self.after(text, token)
        if after is None:
            return self.low <= taken + 1 <= self.high
        return self.fewest(after, max(0, self.low - taken - 2)) <= self.high - taken - 1


def region_of(trigger, low, high, **more):
    return region(special_token(trigger) if trigger == "</think>" else trigger, regex("[12]{1,3}"), min_tokens=low, max_tokens=high, **more)


def allowed(matcher, budget=None):
    [row] = new_rows(1, matcher.constraint.vocabulary.size)
    matcher.write_mask(row, budget=budget)
    return set(allowed_ids(row).tolist())


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_token_is_allowed_exactly_if_the_trigger_can_still_end_in_time(trigger, bounds):
    twin, choose = Twin(trigger, *bounds), random.Random(str(bounds))
    unbounded = compile(region_of(trigger, 0, None), VOCABULARY)
    constraint = compile(region_of(trigger, *bounds), VOCABULARY)
    for _ in range(12):
        matcher, free, text = constraint.matcher(), unbounded.matcher(), ""
        for taken in range(12):
            wanted = allowed(free)
            if text is not None:
                wanted = {token for token in wanted if twin.allows(text, taken, token)}
            assert allowed(matcher) == wanted, (text, taken)
            assert wanted
            assert {token for token in range(-1, VOCABULARY.size + 2) if matcher.fork().advance(token)} == wanted
            token = choose.choice(sorted(wanted))
            if token == EOS:
                break
            assert matcher.advance(token) and free.advance(token)
            text = None if text is None else twin.after(text, token)


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("vocabulary", [VOCABULARY, WHOLE], ids=["few tokens", "all bytes"])
def test_within_every_budget_an_answer_is_finished_and_rollback_leads_back(vocabulary, trigger, bounds):
    constraint = compile(region_of(trigger, *bounds), vocabulary)
    shortest = constraint.shortest().count + 1
    with pytest.raises(BudgetTooSmall):
        constraint.require_budget(shortest - 1)
    with pytest.raises(BudgetTooSmall):
        allowed(constraint.matcher(), shortest - 1)
    for seed in range(6):
        choose, budget = random.Random(seed), shortest + seed
        constraint.require_budget(budget)
        matcher, masks, ids = constraint.matcher(), [], []
        while not matcher.finished:
            masks.append(allowed(matcher, budget - len(ids)))
            assert masks[-1] and masks[-1] <= allowed(matcher)
            ids.append(choose.choice(sorted(masks[-1])))
            assert matcher.advance(ids[-1])
        assert len(ids) <= budget
        assert constraint.language.read(vocabulary.spell(ids[:-1]).decode())
        back = choose.randint(1, len(ids))
        matcher.rollback(back)
        assert allowed(matcher, budget - len(ids) + back) == masks[len(ids) - back]
        assert all(matcher.fork().advance(token) for token in masks[len(ids) - back])


def test_thinking_takes_as_many_tokens_as_asked_and_then_the_answer_comes():
    constraint = compile(region(special_token("</think>"), integer(1, 2), max_tokens=3), WHOLE)
    matcher = constraint.matcher()
    assert THINK in allowed(matcher)
    assert all(map(matcher.advance, [2, 3, 8])) and allowed(matcher) == {THINK}
    assert not matcher.advance(2) and matcher.advance(THINK)
    assert {WHOLE.token_bytes(token) for token in allowed(matcher)} == {b"1", b"2"}
    matcher.rollback(2)
    assert matcher.advance(2) and allowed(matcher) == {THINK}


def test_the_bound_is_kept_after_fixed_text_and_in_a_template_and_in_a_file(tmp_path):
    thought = free_until(special_token("</think>"), max_tokens=2)
    for language, opening in [
        (sequence("ab", thought, integer(1, 2)), b"ab"),
        (template("ab{thought}{answer}", thought=thought, answer=integer(1, 2)), b"ab"),
        (template("a{thought}{answer}", thought=thought, answer=integer(1, 2), leading_space="required"), b" a"),
    ]:
        compile(language, WHOLE).save(tmp_path / "saved", overwrite=True)
        for constraint in (compile(language, WHOLE), load_constraint(tmp_path / "saved", WHOLE)):
            matcher = constraint.matcher()
            assert matcher.forced() == opening and matcher.advance_bytes(opening[:1]) and matcher.advance_bytes(opening[1:])
            fewer = 1 if opening == b"ab" else 0
            for _ in range(2 - fewer):
                assert len(allowed(matcher)) > 1 and matcher.advance(3)
            assert allowed(matcher) == {THINK}


def test_where_a_bound_in_tokens_would_be_lost_it_is_refused():
    thought = free_until("##", max_tokens=2)
    for make in (
        lambda: any_of(thought, "a"),
        lambda: optional(thought),
        lambda: repeat(thought, 1, 2),
        lambda: repeat("a", separator=thought),
        lambda: sequence(integer(), thought),
        lambda: sequence(thought, integer(), thought),
        lambda: region("#", thought),
        lambda: template("{a}{b}", a=integer(), b=thought),
        lambda: fsmgen.intersection(thought, regex(".*")),
        lambda: fsmgen.difference(regex(".*"), thought),
        lambda: fsmgen.complement(thought),
        lambda: fsmgen.currency(thought),
        lambda: fsmgen.with_unit(["kg"], thought),
        lambda: compile(thought, WHOLE).token_fsm(),
        lambda: compile(free_until(" #", max_tokens=2).with_leading_space("optional"), WHOLE),
    ):
        with pytest.raises(UnsupportedFeature, match=r"bounded in tokens|bound in tokens"):
            make()
    spaced = thought.with_leading_space("optional")
    for kept in (fsmgen.wrapped(thought, "a", "b"), fsmgen.boxed(thought), fsmgen.answer_is(thought), spaced):
        assert kept.opening is not None and kept.opening.high == 2


def test_wrong_bounds_in_tokens_are_refused():
    for bounds in (
        {"min_tokens": -1},
        {"min_tokens": 3, "max_tokens": 2},
        {"max_tokens": 2, "max_characters": 9},
        {"min_tokens": 1, "min_characters": 1},
    ):
        with pytest.raises(InvalidOption, match="tokens"):
            free_until("x", **bounds)
    with pytest.raises(TypeError):
        region("x", int, max_words=3)


def test_a_model_thinks_for_at_most_so_many_tokens():
    model = fsmgen.load_model("embedded:stories")
    prompt = "Question: One box holds 9 pillows. How many pillows do 7 boxes hold?\nAnswer:"
    form = region("\nAnswer: ", integer(0, 999), max_tokens=6)
    [answer] = fsmgen.generate(model, [prompt], form, max_tokens=60)
    shortest = compile(free_until("\nAnswer: "), model.vocabulary).shortest().count
    assert answer.text == f"{answer.value.free}\nAnswer: {answer.value.answer}"
    end = next(n for n in range(len(answer.ids)) if "\nAnswer: " in model.vocabulary.spell(answer.ids[:n]).decode())
    assert end <= 6 + shortest
