"""What `generate` says and refuses: stop strings, streaming, the first-step warning, and arguments that cannot be."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from fsmgen import choice, compile, regex
from fsmgen.decoding import FirstStepWarning, LanguageModel, Sampling, generate
from fsmgen.errors import BudgetTooSmall, FsmgenError, InvalidOption, ModelError, PromptTooLong
from fsmgen.tokens import Vocabulary

ANSWER = [b"7", b" apples", b"\n\nQues", b"tion", b"\xe2", b"\x82", b"\xac"]


def scripted(toy: Callable[..., Any], ids: list[int]) -> Any:
    """A toy that writes these tokens of `ANSWER` (from 1), whatever the prompt of one byte, and then the end token."""

    def logits(history: tuple[int, ...]) -> list[float]:
        script = [*ids, 0]
        wanted = script[min(len(history) - 1, len(script) - 1)]
        return [5.0 if token == wanted else 0.0 for token in range(len(ANSWER) + 1)]

    return toy(ANSWER, logits=logits)


def test_a_stop_string_inside_a_token_ends_the_answer_and_is_cut(toy: Callable[..., Any]) -> None:
    [answer] = generate(scripted(toy, [1, 2, 3, 4]), ["x"], stop=["\n\n"])
    assert (answer.text, answer.stop_reason, answer.ids) == ("7 apples", "stop", (1, 2, 3))
    assert len(answer.logprobs) == 3


def test_a_stop_string_across_tokens_ends_the_answer_at_the_token_that_completes_it(toy: Callable[..., Any]) -> None:
    [answer] = generate(scripted(toy, [1, 3, 4, 2]), ["x"], stop=["nothing", "Question"])
    assert (answer.text, answer.stop_reason, answer.ids) == ("7\n\n", "stop", (1, 3, 4))


def test_without_a_stop_string_the_answer_ends_at_eos_or_at_the_length(toy: Callable[..., Any]) -> None:
    model = scripted(toy, [1, 2])
    ended, cut = generate(model, ["x"], max_tokens=9), generate(model, ["x"], max_tokens=2)
    assert (ended[0].stop_reason, ended[0].ids, ended[0].text) == ("eos", (1, 2, 0), "7 apples")
    assert (cut[0].stop_reason, cut[0].ids, cut[0].text) == ("length", (1, 2), "7 apples")


def test_a_stop_string_that_names_a_special_token_stops_there(toy: Callable[..., Any]) -> None:
    model = toy(ANSWER, logits=lambda history: [0.0] * 8 + [float(len(history))])
    model.vocabulary = Vocabulary.from_tokens([None, *ANSWER, None], eos_ids=[0], special_ids={"<turn>": 8})
    [answer] = generate(model, ["x"], stop=["<turn>"])
    assert (answer.ids, answer.text, answer.stop_reason) == ((8,), "", "stop")


def test_what_is_streamed_is_the_text_in_whole_characters_without_the_stop_string(toy: Callable[..., Any]) -> None:
    pieces: list[tuple[int, str]] = []
    [euro] = generate(scripted(toy, [1, 5, 6, 7, 2]), ["x"], on_text=lambda row, text: pieces.append((row, text)))
    assert pieces == [(0, "7"), (0, "€"), (0, " apples")]
    assert euro.text == "7€ apples"
    pieces.clear()
    generate(scripted(toy, [1, 3, 4]), ["x", "y"], stop=["\n\nQuestion"], on_text=lambda row, text: pieces.append((row, text)))
    assert pieces == [(0, "7"), (1, "7")]


def test_a_character_cut_off_by_the_length_is_marked(toy: Callable[..., Any]) -> None:
    [answer] = generate(scripted(toy, [1, 5, 6, 7]), ["x"], max_tokens=3)
    assert answer.text == "7�"


def test_a_first_step_mass_below_one_half_warns_and_names_what_the_model_wanted(toy: Callable[..., Any]) -> None:
    model = toy([b" 4", b"4"], logits=lambda history: [0.0, 6.0, 1.0])
    with pytest.warns(FirstStepWarning, match=r"wanted ' 4' \(probability 0\.99\); leading_space='optional'"):
        [answer] = generate(model, ["x"], choice(["4"]), max_tokens=2)
    assert answer.allowed_mass[0] < 0.5
    assert "choice ['4'] leaves 0.0067 of the probability of the first token" in answer.warnings[0]
    with pytest.warns(FirstStepWarning, match="and 2 more rows of 3"):
        generate(model, ["x"] * 3, choice(["4"]), max_tokens=2)


def test_a_first_step_mass_of_one_half_or_more_does_not_warn(toy: Callable[..., Any]) -> None:
    model = toy([b" 4", b"4"], logits=lambda history: [0.0, 6.0, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [answer, free] = generate(model, ["x"] * 2, [choice(["4"], leading_space="optional"), None], max_tokens=2)
    assert answer.warnings == free.warnings == ()


def test_the_warning_names_a_special_token_by_its_name(toy: Callable[..., Any]) -> None:
    model = toy([b"4"], logits=lambda history: [6.0, 0.0])
    with pytest.warns(FirstStepWarning, match="wanted <end>"):
        generate(model, ["x"], choice(["4"]), max_tokens=2)


def test_no_prompts_no_answers(llama: LanguageModel) -> None:
    assert generate(llama, []) == []


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"max_tokens": 0}, InvalidOption, "max_tokens is 0"),
        ({"prompts": "Tom"}, InvalidOption, "a list of texts"),
        ({"stop": "###"}, InvalidOption, "stop is '###'"),
        ({"stop": [""]}, InvalidOption, "not empty"),
        ({"stop": ["\n"], "constraint": choice(["yes"])}, InvalidOption, "incomplete"),
        ({"constraint": [None, None]}, InvalidOption, "a list of 1, one for each prompt"),
        ({"constraint": "y"}, InvalidOption, "constraint is 'y'; it must be a Language"),
        ({"constraint": r"\d+"}, InvalidOption, "it must be a Language"),
        ({"prompts": [b"Tom"]}, InvalidOption, "a list of texts"),
        ({"max_tokens": 3, "constraint": regex(r"\d{9}")}, BudgetTooSmall, "max_tokens is 3"),
        ({"max_tokens": 127}, PromptTooLong, "the model's context is 128"),
        ({"sampling": Sampling(seed=(1, 2))}, InvalidOption, "seed"),
    ],
)
def test_a_call_that_cannot_be_is_refused_with_the_facts(
    llama: LanguageModel, options: dict[str, Any], error: type[FsmgenError], said: str
) -> None:
    with pytest.raises(error, match=said):
        generate(llama, options.pop("prompts", ["Tom has 3"]), **options)


def test_a_constraint_over_another_vocabulary_is_refused(llama: LanguageModel, toy: Callable[..., Any]) -> None:
    with pytest.raises(InvalidOption, match="compiled for the vocabulary of this model"):
        generate(llama, ["Tom"], compile(choice(["a"]), toy([b"a"]).vocabulary))


@pytest.mark.parametrize("bad", [float("nan"), float("-inf")])
@pytest.mark.parametrize("temperature", [0, 1])
def test_logits_that_are_not_finite_are_an_error_and_no_answer(toy: Callable[..., Any], bad: float, temperature: float) -> None:
    model = toy([b"a"], logits=lambda history: [bad, bad])
    with pytest.raises(ModelError, match="not finite"):
        generate(model, ["x"], choice(["a"]), sampling=Sampling(temperature=temperature))
