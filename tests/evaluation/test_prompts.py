"""Prompts: the published orders of shots, grids, conversations, and that every kind says the same in each of its forms."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from fsmgen.embedded.formats import FORMATS, Format
from fsmgen.embedded.tasks import samples
from fsmgen.embedded.wordings import FAVOURITE, Wording
from fsmgen.errors import InvalidOption, InvalidPrompt, LimitReached
from fsmgen.evaluation.catalogue import load_task
from fsmgen.evaluation.prompts import (
    ChatPrompt,
    FormatPrompt,
    PromptGrid,
    Reordered,
    TemplatePrompt,
    WordingPrompt,
    reordered,
    shot_order,
)
from fsmgen.evaluation.records import canonical
from fsmgen.evaluation.tasks import Item, Task, story_task

ITEMS = tuple(Item(str(i), f"{i} + {i}?", str(2 * i), f"Add {i}.") for i in range(6))
PLAIN = TemplatePrompt("plain", "Q: {{ question }}\nA:", " {{ solution }} So {{ gold }}.")
CUE = {"cue": "Q{{ gold | length }}:"}
FULL = TemplatePrompt("full", "{{ cue }} {{ question }}\nA:", " {{ gold }}", "\n--\n", "Add.", "Be short.", CUE)


@pytest.mark.parametrize(("seed", "order"), [(42, "2130"), (1337, "1032"), (1981, "3201"), (1992, "0312"), (12345, "1023")])
def test_the_published_orders_of_four_shots(seed, order):
    assert "".join(map(str, shot_order(4, seed))) == order
    assert "".join(reordered("0123", seed)) == order


@given(st.integers(0, 12), st.integers(0, 2**31))
def test_an_order_is_a_permutation_and_touches_no_other_random_numbers(count, seed):
    random.seed(7)
    before = random.getstate()
    assert sorted(shot_order(count, seed)) == list(range(count))
    assert random.getstate() == before


@given(st.integers(0, 2**31), st.integers(0, 5))
def test_a_reordered_prompt_shows_the_same_examples(seed, count):
    shots = ITEMS[1 : 1 + count]
    prompt = Reordered(PLAIN, seed)
    shown = [PLAIN.shown(shot) for shot in shots]
    parts = prompt.text(ITEMS[0], shots).split("\n\n")
    assert sorted(parts[:-1]) == sorted(shown)
    assert parts[:-1] == [shown[place] for place in shot_order(count, seed)]
    assert prompt.messages(ITEMS[0], shots)[-1] == PLAIN.messages(ITEMS[0])[-1]
    assert prompt.name == f"plain, shots by {seed}"


def test_a_prompt_as_text_and_as_conversation_say_the_same():
    assert FULL.text(ITEMS[5], ITEMS[1:3]) == "Be short.\n--\nAdd.\n--\nQ1: 1 + 1?\nA: 2\n--\nQ1: 2 + 2?\nA: 4\n--\nQ2: 5 + 5?\nA:"
    assert FULL.messages(ITEMS[5], ITEMS[1:2]) == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Add.\n--\nQ1: 1 + 1?\nA:"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "Q2: 5 + 5?\nA:"},
    ]
    task = story_task("dev", 3)
    for form in FORMATS[:6]:
        prompt = FormatPrompt(form)
        *turns, last = prompt.messages(task.items[0], task.examples[:2])
        text = prompt.text(task.items[0], task.examples[:2])
        assert text.endswith(last["content"])
        assert all(turn["content"] in text for turn in turns)
        assert [turn["role"] for turn in turns] == ["user", "assistant"] * 2


@pytest.mark.parametrize("enumerator", ["parens", "dot", "brackets"])
@pytest.mark.parametrize("style", ["answer_is", "json", "chatty"])
def test_a_wording_of_the_family_asks_as_in_training(enumerator, style):
    wording = Wording("q", "inline", "solution", style, enumerator, "json/1")
    prompt, task = WordingPrompt(wording), load_task("synthetic:shuffles", limit=20)
    asked, shown = (samples("shuffles", split, count, seed=0) for split, count in (("dev", 20), ("train", 8)))
    for item, sample in zip(task.items, asked, strict=True):
        assert prompt.text(item, task.shown(item, 2)) == wording.prompt(sample, shown[:2])
    *_, shot, answer, last = prompt.messages(task.items[0], task.examples[:2])
    assert [turn["role"] for turn in (shot, answer, last)] == ["user", "assistant", "user"]
    assert answer["content"] == wording.completion(shown[1]).strip()


def test_a_wording_knows_what_training_showed_of_it():
    broad, narrow = (WordingPrompt(Wording("q", "lines", "a"), mixture).exposure for mixture in ("broad", "narrow"))
    assert broad.endswith("% of the prompts of broad")
    assert narrow == "never seen: none of the prompts of narrow"
    assert WordingPrompt(Wording("task", "lines", "a")).exposure == "never seen: task held out"
    wording = Wording("q", "lines", "a")
    assert WordingPrompt(wording, "").exposure == "unknown"
    assert WordingPrompt(wording, "stories").exposure == FormatPrompt(Format("q", "lines", "a", "json")).exposure
    assert WordingPrompt(replace(wording, request="json/0"), "stories").exposure == "never seen: json/0"
    with pytest.raises(InvalidOption, match="did you mean 'broad'"):
        WordingPrompt(FAVOURITE, "brod")
    item = load_task("synthetic:facts", limit=1).items[0]
    for enumerator in ("number", "hidden"):
        with pytest.raises(InvalidOption, match="A, B, C, D"):
            WordingPrompt(Wording("q", "lines", "a", enumerator=enumerator)).text(item)


@pytest.mark.parametrize("prompt", [PLAIN, FULL, Reordered(FULL, 3), FormatPrompt(FORMATS[0])])
def test_facts_are_json_and_differ_where_prompts_do(prompt):
    facts = [canonical(each.facts()) for each in (PLAIN, FULL, Reordered(FULL, 3), Reordered(FULL, 4), FormatPrompt(FORMATS[0]))]
    assert len(set(facts)) == 5
    assert canonical(prompt.facts()) in facts


def test_a_grid_has_every_combination_once():
    variants = {"cue": {"q": "Q:", "long": "Question {{ group }}:"}, "end": {"a": "A:", "none": "", "c": "{{ solution }}"}}
    grid = PromptGrid(TemplatePrompt("p", "{{ cue }} {{ question }}{{ end }}", atoms={"kept": "x"}), variants)
    prompts = list(grid)
    assert len(grid) == len(prompts) == 6
    assert [prompt.name for prompt in prompts] == ["/".join(names) for names in product(*variants.values())]
    assert {prompt.text(ITEMS[1]) for prompt in prompts} == {
        f"{cue} 1 + 1?{end}" for cue, end in product(("Q:", "Question :"), ("A:", "", "Add 1."))
    }
    assert all(prompt.atoms["kept"] == "x" for prompt in prompts)
    assert grid.first(2) == tuple(prompts[:2])
    with pytest.raises(LimitReached, match=r"10,?000"):
        PromptGrid(PLAIN, {str(place): {str(name): "" for name in range(11)} for place in range(4)})
    with pytest.raises(InvalidOption):
        PromptGrid(PLAIN, {"cue": {}})


def test_a_template_that_asks_for_what_there_is_not_says_what_there_is():
    with pytest.raises(InvalidPrompt, match="did you mean 'question'"):
        TemplatePrompt("p", "{{ questoin }}").text(ITEMS[0])
    with pytest.raises(InvalidPrompt, match="did you mean 'cue'"):
        TemplatePrompt("p", "{{ cu }}", atoms={"cue": "x"}).require_known(frozenset())
    with_field = TemplatePrompt("p", "{{ subject }}: {{ question }}")
    assert with_field.text(Item("1", "Why?", "so", fields={"subject": "history"})) == "history: Why?"


CHATML = (
    "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tokenizer(*, adds_bos: bool) -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({"<s>": 0, "a": 1, "<unk>": 2}, unk_token="<unk>"))
    if adds_bos:
        from tokenizers.processors import TemplateProcessing

        words.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    made = PreTrainedTokenizerFast(tokenizer_object=words, bos_token="<s>")
    made.chat_template = CHATML
    return made


@pytest.mark.parametrize("multi_turn", [True, False])
@pytest.mark.parametrize("prompt", [PLAIN, FULL, Reordered(FULL, 5)])
def test_a_chat_is_what_the_tokenizer_makes_of_the_conversation(prompt, multi_turn):
    its = tokenizer(adds_bos=False)
    chat = ChatPrompt(prompt, its, multi_turn)
    messages = chat.messages(ITEMS[0], ITEMS[1:3])
    expected = its.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert chat.text(ITEMS[0], ITEMS[1:3]) == expected
    assert expected.startswith("<s>")
    assert ChatPrompt(prompt, tokenizer(adds_bos=True), multi_turn).text(ITEMS[0], ITEMS[1:3]) == expected.removeprefix("<s>")
    roles = [message["role"] for message in messages]
    assert roles[-1] == "user"
    assert roles.count("user") == (3 if multi_turn else 1)
    if not multi_turn:
        whole = prompt.text(ITEMS[0], ITEMS[1:3])
        assert whole.endswith(messages[-1]["content"])
        assert messages[-1]["content"].count("A:") == 3
    canonical(chat.facts())


def test_an_item_is_never_shown_before_itself():
    task = Task("t", ITEMS, ITEMS)
    assert task.most_shots == 5
    for item in ITEMS:
        shown = task.shown(item, 5)
        assert len(shown) == 5
        assert item not in shown
        assert task.shown(item, 3) == shown[:3]
    for count in (6, -1):
        with pytest.raises(InvalidOption, match="between 0 and 5"):
            task.shown(ITEMS[0], count)
    assert Task("t", ITEMS[:3], ITEMS[3:]).most_shots == 3


@pytest.mark.parametrize(
    "task",
    [
        lambda: Task("t", ()),
        lambda: Task("t", (ITEMS[0], ITEMS[0])),
        lambda: Task("t", (Item("1", "?", "no number"),)),
        lambda: Task("t", ITEMS, (Item("1", "?", "no number"),)),
        lambda: Task("t", (Item("1", "?", "1", choices=("a", "b"), labels=("1",)),)),
        lambda: Task("t", ITEMS, rung="loose"),
    ],
)
def test_a_task_that_cannot_be_scored_is_refused(task):
    with pytest.raises(InvalidOption):
        task()
