"""Effects of a constraint: identities by enumeration, estimators against the enumerated truth, refusals, cases by hand."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from fsmgen.decoding import Enumeration, Path, Sampling, Watched, enumerate_answers, generate, load_model
from fsmgen.errors import NoExpectation
from fsmgen.evaluation.effects import (
    Drawing,
    Expectation,
    SelfCheck,
    accepted,
    budget_share,
    check_validity,
    conditional_answers,
    decompose,
    distortion,
    effective_size,
    exact_effects,
    forced,
    interventions,
    log_weight,
    mass_by_region,
    mass_by_step,
    observed,
    path_tax,
    place,
    pressure,
    regions_of_form,
    reweighted_mean,
    summarised,
    tax,
    validity_mass,
)
from fsmgen.evaluation.extraction import THE_ANSWER_IS, AnswerForm, reasoning
from fsmgen.evaluation.statistics import Interval, Unsaid, proportion
from fsmgen.frontends import choice, gbnf, regex
from tests.decoding.conftest import ToyModel

pytestmark = pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")
TOKENS = [b"a", b"b", b"ab", b"ba", b"aa"]
LANGUAGES = [choice(["a", "ab", "abab", "baa", "bb"]), regex("a[ab]{0,2}"), regex("(ab|ba){1,2}a?")]
DRAWS = Drawing(temperature=1.0)


@dataclass(frozen=True)
class Facts:
    """An answer of which only what is named is known."""

    ids: tuple[int, ...] = (0,)
    logprobs: tuple[float, ...] = (-1.0,)
    masked_logprobs: tuple[float, ...] = (-0.5,)
    text: str = ""
    stop_reason: str = "eos"
    budget_step: int | None = None
    constraint: str | None = "x"
    skipped: int = 0
    calls: int = 1
    wanted_texts: tuple[str | None, ...] = ()
    wanted_logprobs: tuple[float | None, ...] = ()
    token_lengths: tuple[int, ...] = ()
    language_mass: tuple[float | None, ...] = ()
    forced: tuple[int, ...] = ()
    may_end: tuple[int, ...] = ()
    end_mass: tuple[float, ...] = ()
    allowed_mass: tuple[float, ...] = (math.exp(-0.5),)
    seed: int = 0


def drawn(path: Path) -> Facts:
    """A path as an answer in one step after one that costs nothing."""
    return Facts(ids=path.ids, logprobs=(0.0, path.logprob), masked_logprobs=(0.0, path.masked_logprob))


def draws(answers: Enumeration, count: int, rng: np.random.Generator) -> list[Facts]:
    """Answers from q."""
    q = np.exp([path.masked_logprob for path in answers.paths])
    places, seeds = rng.choice(len(q), size=count, p=q / q.sum()), rng.integers(2**52, size=count)
    return [replace(drawn(answers.paths[place]), seed=int(seed)) for place, seed in zip(places, seeds, strict=True)]


@pytest.fixture(scope="module")
def toy_answers() -> Enumeration:
    return enumerate_answers(ToyModel(TOKENS), "x", LANGUAGES[0], max_tokens=6)


def check_identities(answers: Enumeration) -> None:
    """The definitions of section 4, each as a sum over all answers, to 1e-9."""
    found, p = exact_effects(answers), [math.exp(path.logprob) for path in answers.paths]
    q = [math.exp(path.masked_logprob) for path in answers.paths]
    taxes = [path_tax(drawn(path)) for path in answers.paths]
    weights = [math.exp(log_weight(drawn(path))) for path in answers.paths]
    mass = math.fsum(p)
    assert math.fsum(q) == pytest.approx(1, abs=1e-9)
    for path, cost in zip(answers.paths, taxes, strict=True):
        assert path.masked_logprob == pytest.approx(path.logprob + cost, abs=1e-9)
    assert found.tax == pytest.approx(math.fsum(each * cost for each, cost in zip(q, taxes, strict=True)), abs=1e-9)
    assert found.validity_mass == pytest.approx(mass, abs=1e-9)
    assert math.fsum(each * weight for each, weight in zip(q, weights, strict=True)) == pytest.approx(mass, abs=1e-9)
    divergence = math.fsum(each * math.log(each * mass / other) for each, other in zip(q, p, strict=True))
    assert found.distortion == pytest.approx(divergence, abs=1e-9)
    for path, each, weight in zip(answers.paths, q, weights, strict=True):
        assert found.conditional[path.ids] == pytest.approx(each * weight / mass, abs=1e-9)
    assert found.effective == pytest.approx(mass**2 / math.fsum(a * b * b for a, b in zip(q, weights, strict=True)), rel=1e-9)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.source)
@pytest.mark.parametrize(("temperature", "budget"), [(1.0, 8), (0.6, 8), (1.7, 3)])
def test_identities_hold_by_enumeration_of_a_toy_model(language, temperature, budget):
    check_identities(enumerate_answers(ToyModel(TOKENS), "x", language, max_tokens=budget, temperature=temperature))


@pytest.fixture(scope="module")
def stories():
    return load_model("embedded:stories", dtype="float64")


@pytest.mark.parametrize("prompt", ["Question: Tom has 3 cups and gets 4 more. How many cups?\nAnswer: The answer is", "Q: 2 and 3?\nA:"])
def test_identities_hold_on_the_embedded_model_in_float64_and_samples_have_the_enumerated_facts(stories, prompt):
    language = regex(" ?[0-9]{1,2}")
    answers = enumerate_answers(stories, prompt, language, max_tokens=5)
    assert answers.exact
    check_identities(answers)
    exact = {path.ids: drawn(path) for path in answers.paths}
    for answer in generate(stories, [prompt] * 20, language, max_tokens=5, sampling=Sampling(temperature=1.0, seed=5)):
        assert path_tax(answer) == pytest.approx(path_tax(exact[answer.ids]), abs=1e-9)


def test_an_enumeration_that_was_cut_off_has_no_exact_effects():
    cut = enumerate_answers(ToyModel(TOKENS), "x", LANGUAGES[0], max_tokens=6, limit=2)
    with pytest.raises(NoExpectation, match="cut off"):
        exact_effects(cut)


def test_estimates_from_samples_cover_the_enumerated_truth(toy_answers):
    rng, truth, covered, estimates = np.random.default_rng(0), exact_effects(toy_answers), Counter(), []
    replications, count = 200, 150
    for _ in range(replications):
        sample = draws(toy_answers, count, rng)
        mass, cost = validity_mass(sample, range(count), DRAWS), tax(sample, range(count), DRAWS)
        assert isinstance(mass.interval, Interval) and isinstance(cost.interval, Interval)
        covered["mass"] += mass.interval.low <= truth.validity_mass <= mass.interval.high
        covered["tax"] += cost.interval.low <= truth.tax <= cost.interval.high
        kl = distortion(sample, ["x"] * count, DRAWS)
        covered["distortion"] += kl.interval.low <= truth.distortion <= kl.interval.high
        estimates.append(kl.estimate)
        assert mass.effective == pytest.approx(effective_size([log_weight(each) for each in sample]))
    assert all(0.9 <= times / replications <= 0.99 for times in covered.values()), covered
    assert np.mean(estimates) == pytest.approx(truth.distortion, abs=4 * np.std(estimates) / math.sqrt(replications))
    assert truth.distortion > 10 * np.std(estimates) / math.sqrt(replications)


def test_distortion_is_the_mean_over_prompts_and_asks_for_several_answers_to_each(toy_answers):
    rng, other = np.random.default_rng(1), enumerate_answers(ToyModel(TOKENS), "yy", LANGUAGES[0], max_tokens=6)
    sample = [*draws(toy_answers, 4000, rng), *draws(other, 4000, rng)]
    found = distortion(sample, ["x"] * 4000 + ["yy"] * 4000, DRAWS)
    expected = (exact_effects(toy_answers).distortion + exact_effects(other).distortion) / 2
    assert found.estimate == pytest.approx(expected, rel=0.1)
    with pytest.raises(NoExpectation, match=r"worth 1\.0 by weight"):
        distortion(sample, range(len(sample)), DRAWS)


def test_accepted_answers_follow_the_model_inside_the_language_and_masked_ones_do_not(toy_answers):
    rng, truth, count = np.random.default_rng(2), exact_effects(toy_answers), 2000
    found = conditional_answers(lambda asked: draws(toy_answers, len(asked), rng), count, DRAWS)
    expected = np.array([count * truth.conditional[path.ids] for path in toy_answers.paths])

    def p_value(answers: list[Facts]) -> float:
        seen = Counter(answer.ids for answer in answers)
        kept = expected >= 5
        observations = np.array([seen[path.ids] for path in toy_answers.paths], float)
        pairs = [np.append(column[kept], column[~kept].sum()) for column in (observations, expected)]
        return stats.chisquare(*pairs).pvalue

    assert p_value([each.answer for each in found]) > 0.001
    assert p_value(draws(toy_answers, count, rng)) < 1e-6
    assert np.mean([each.tries for each in found]) == pytest.approx(1 / truth.validity_mass, rel=0.1)
    short = conditional_answers(lambda asked: draws(toy_answers, len(asked), rng), 500, DRAWS, tries=1)
    assert {(each.answer is None, each.tries) for each in short} == {(True, 1), (False, 1)}


def test_a_weight_of_one_is_always_accepted_and_one_of_nearly_zero_hardly_ever():
    sure, never = Facts(), replace(Facts(), logprobs=(-1.0, -800.0), masked_logprobs=(-1.0, -1.0))
    assert accepted(sure, 0.999999) and accepted(never, 0.0) is False


def test_reweighted_means_are_those_of_the_model_inside_the_language(toy_answers):
    rng, truth, count = np.random.default_rng(4), exact_effects(toy_answers), 3000
    sample = draws(toy_answers, count, rng)
    found = reweighted_mean([float(len(each.ids)) for each in sample], sample, range(count), DRAWS)
    expected = math.fsum(len(ids) * chance for ids, chance in truth.conditional.items())
    plain = np.mean([len(each.ids) for each in sample])
    assert isinstance(found.interval, Interval)
    assert found.interval.low <= expected <= found.interval.high
    assert not found.interval.low <= plain <= found.interval.high
    assert found.interval.estimate == pytest.approx(found.estimate)
    assert isinstance(reweighted_mean([1.0] * count, sample, range(count), DRAWS).interval, Unsaid)


@pytest.mark.parametrize(
    ("answer", "drawing", "reason"),
    [
        (Facts(), Drawing(0.0), "greedy"),
        (Facts(), Drawing(1.0, top_k=5), "top_k=5"),
        (Facts(), Drawing(1.0, top_p=0.9, min_p=0.1), "top_p=0.9, min_p=0.1"),
        (Facts(constraint=None), DRAWS, "no constraint"),
        (Facts(stop_reason="length"), DRAWS, "only a bound"),
        (Facts(stop_reason="stop"), DRAWS, "ended by 'stop'"),
        (Facts(skipped=2), DRAWS, "not chosen by the model"),
    ],
)
def test_answers_that_are_no_draws_have_a_path_tax_and_no_expectation(answer, drawing, reason):
    answers = [Facts()] * 50 + [answer]
    for quantity in (tax, validity_mass, distortion):
        with pytest.raises(NoExpectation, match=reason) as raised:
            quantity(answers, range(51), drawing)
        assert raised.value.reason in str(raised.value)
    with pytest.raises(NoExpectation, match=reason):
        reweighted_mean([1.0] * 51, answers, range(51), drawing)
    with pytest.raises(NoExpectation, match=reason):
        conditional_answers(lambda asked: [answer] * len(asked), 1, drawing)
    assert path_tax(answer) == 0.5


def test_too_few_effective_answers_have_no_expectation():
    answers = [Facts()] * 2 + [replace(Facts(), logprobs=(-30.0,))] * 98
    with pytest.raises(NoExpectation, match=r"100 answers are worth 2\.0 by weight, and at least 10 are needed"):
        validity_mass(answers, range(100), DRAWS)
    with pytest.raises(NoExpectation, match="no answers"):
        validity_mass([], [], DRAWS)
    same = validity_mass([Facts()] * 20, range(20), DRAWS)
    assert same.estimate == pytest.approx(math.exp(-0.5))
    assert isinstance(same.interval, Unsaid) and "same value" in same.interval.reason


@given(st.lists(st.floats(-50, 0), min_size=1, max_size=30))
def test_the_effective_size_lies_between_one_and_the_number_of_answers_and_is_that_number_for_equal_weights(logs):
    assert 1 - 1e-9 <= effective_size(logs) <= len(logs) + 1e-9
    assert effective_size([logs[0]] * len(logs)) == pytest.approx(len(logs))


def test_the_mass_agrees_with_the_rate_of_free_answers_and_half_of_it_does_not():
    model, language, prompts = ToyModel(TOKENS), LANGUAGES[1], ["x", "yy", "z"] * 150
    sampling = Sampling(temperature=1.0, seed=2000)
    constrained = generate(model, prompts, language, max_tokens=6, sampling=sampling)
    free = generate(model, prompts, Watched(language), max_tokens=6, sampling=replace(sampling, seed=1000))
    mass = validity_mass(constrained, range(len(prompts)), DRAWS)
    obeyed = [answer.observation.complete for answer in free]
    check = check_validity(mass, obeyed, range(len(prompts)))
    truth = np.mean([exact_effects(enumerate_answers(model, x, language, max_tokens=6)).validity_mass for x in ("x", "yy", "z")])
    assert isinstance(check, SelfCheck) and isinstance(mass.interval, Interval)
    assert mass.interval.low <= truth <= mass.interval.high
    assert check.agrees and check.inside
    wrong = check_validity(replace(mass, estimate=mass.estimate / 2, interval=Unsaid("halved")), obeyed, range(len(prompts)))
    assert isinstance(wrong, SelfCheck)
    assert not wrong.agrees and not wrong.inside
    assert isinstance(check_validity(mass, [], []), Unsaid)


@pytest.mark.parametrize(("one", "other"), [((30, 100), (45, 120)), ((3, 50), (0, 40)), ((70, 70), (60, 70))])
def test_the_interval_of_a_check_is_newcombes_where_both_are_wilsons(one, other):
    first, second = (proportion([1.0] * hits + [0.0] * (total - hits), range(total)) for hits, total in (one, other))
    check = check_validity(Expectation(first.estimate, first, 99.0, one[1]), [i < other[0] for i in range(other[1])], range(other[1]))
    theirs = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    assert (check.difference.low, check.difference.high) == pytest.approx(theirs)
    assert second == check.rate


def test_mass_by_step_counts_the_answers_that_are_that_long():
    logs = [(0.0, math.log(0.25)), (math.log(0.5),), (math.log(0.4), 0.0, 0.0)]
    answers = [Facts(ids=(1,) * len(row), logprobs=row, masked_logprobs=(0.0,) * len(row)) for row in logs]
    first, second, third = mass_by_step(answers)
    assert (first.answers, first.mean, first.median, first.least, first.below_half) == pytest.approx((3, 1.9 / 3, 0.5, 0.4, 1 / 3))
    assert (second.answers, second.mean, second.below_half) == pytest.approx((2, 0.625, 0.5))
    assert third.answers == 1
    assert len(mass_by_step(answers, steps=1)) == 1
    assert mass_by_step([]) == ()


def sure_model(*favourites: int) -> ToyModel:
    """Prefers these tokens at its steps, the last of them for ever, each with probability of nearly 0.99."""

    def logits(history: tuple[int, ...]) -> list[float]:
        wanted = favourites[min(len(history) - 1, len(favourites) - 1)]
        return [6.0 if token == wanted else 0.0 for token in range(6)]

    return ToyModel(TOKENS, logits=logits)


def test_interventions_say_what_was_wanted_what_came_and_where():
    model, language = sure_model(2, 1, 0), regex("a{1,2}b")
    [answer] = generate(model, ["x"], language, max_tokens=5)
    found = interventions(answer, ["r"] * len(answer.ids))
    assert answer.text == "aab"
    assert [(each.step, each.before, each.wanted, each.got) for each in found] == [(0, "", "'b'", "'a'"), (2, "aa", "<end>", "'b'")]
    assert found[0].probability == pytest.approx(math.exp(6) / (math.exp(6) + 5))
    summary = summarised([answer] * 5, range(5), lambda each: ["r"] * len(each.ids), most=1)
    assert summary.affected.estimate == 1.0
    assert (summary.steps, summary.first_step, summary.by_region) == (0.5, 0.0, {"r": 10})
    assert summary.common == ((("'b'", "'a'", "r"), 5),)
    assert "earlier" not in place(language, "aa")
    assert isinstance(interventions(Facts()), Unsaid) and isinstance(summarised([Facts()], [0], lambda each: []), Unsaid)


def test_pressure_to_stop_and_to_go_on_and_forced_steps():
    model = sure_model(0)
    answers = generate(model, ["x"] * 4, regex("aab"), max_tokens=5)
    found, steps = pressure(answers, range(4)), forced(answers)
    assert found.to_stop == pytest.approx(math.exp(6) / (math.exp(6) + 5))
    assert found.stopped_short.estimate == 1.0
    assert found.to_go_on == pytest.approx(5 / (math.exp(6) + 5))
    assert (found.ended, found.closed) == (4, 0)
    alone = [step for step in range(len(answers[0].ids)) if step in answers[0].forced]
    assert (steps.steps, steps.forced, steps.skipped) == (4 * len(answers[0].ids), 4 * len(alone), 0)
    assert steps.share == len(alone) / len(answers[0].ids)
    free = generate(model, ["x"], None, max_tokens=3)
    assert isinstance(pressure(free, [0]), Unsaid) and isinstance(pressure([], []), Unsaid)
    assert forced([]).share == 0.0


def test_the_token_limit_has_its_part_of_the_tax():
    model = sure_model(1)
    [closed] = generate(model, ["x"], regex("a+b"), max_tokens=3)
    [part] = budget_share([closed])
    logs = [math.log(mass) for mass in closed.allowed_mass]
    added = math.fsum(math.log(whole) - log for whole, log in zip(closed.language_mass, logs, strict=True) if whole is not None)
    assert part == pytest.approx(added / -math.fsum(logs))
    assert budget_share([Facts()]) == ()


def test_the_parts_of_an_answer_share_its_tax():
    text = "Add. The answer is 7."
    lengths = (4, 4, 7, 3, 1, 1, 1, 0)
    answer = Facts(
        ids=tuple(range(8)), text=text, token_lengths=lengths, logprobs=(-1.0,) * 8, masked_logprobs=tuple(i / -10 for i in range(8))
    )
    names = regions_of_form(THE_ANSWER_IS)(answer)
    assert names == ["reasoning", *["announcement"] * 3, *["answer"] * 3, "end"]
    parts = mass_by_region([answer], [names])
    assert [part.region for part in parts] == ["reasoning", "announcement", "answer", "end"]
    assert math.fsum(part.tax for part in parts) == pytest.approx(path_tax(answer))
    assert set(regions_of_form(AnswerForm(before="####"))(answer)) == {"reasoning", "end"}


def test_the_place_in_a_grammar_names_its_rules():
    language = gbnf('root ::= "let " name\nname ::= [a-z]+')
    assert "name" in place(language, "let ")


def test_watched_answers_are_counted_by_how_they_went():
    @dataclass(frozen=True)
    class Seen:
        mass: tuple[float, ...]
        departed: int | None
        complete: bool

    rows = [Seen((0.9, 0.8), None, True), Seen((0.5, 0.1), 1, False), Seen((0.4,), 0, False), Seen((1.0,), None, False)]
    found = observed(rows, range(4))
    assert (found.obeyed.estimate, found.departed.estimate, found.unfinished) == (0.25, 0.5, 1)
    assert (found.departures, found.first_mass, found.mass_at_departure) == ({0: 1, 1: 1}, 0.7, 0.25)
    assert isinstance(observed([], []), Unsaid)


SCORES = st.lists(st.tuples(*[st.sampled_from([0.0, 1.0])] * 3), min_size=1, max_size=30)


@given(SCORES)
def test_a_difference_is_its_part_at_the_answer_and_its_part_on_the_way(rows):
    found = decompose(*map(list, zip(*rows, strict=True)), items=range(len(rows)))
    assert found.means[0] == pytest.approx(found.means[1] + found.means[2])
    assert found.cells == len(rows)
    for interval, mean in zip((found.total, found.at_answer, found.on_the_way), found.means, strict=True):
        assert isinstance(interval, Unsaid) or interval.estimate == pytest.approx(mean)


def test_reasoning_is_what_stands_before_any_announcement_and_nothing_can_be_split_without_cells():
    assert reasoning("Add. #### 7. The answer is 8.", THE_ANSWER_IS) == "Add."
    assert reasoning("Add. Result 7", AnswerForm(before="Result", after="")) == "Add."
    assert "no cell" in decompose([], [], [], []).reason
