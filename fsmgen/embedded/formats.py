r"""Prompt formats: a small grammar of ways to put a question and to write its answer.

A format is a choice of atoms: a descriptor before the question, a layout (what separates the parts), a cue for the
answer, and the style in which the answer is written.

>>> from fsmgen.embedded.stories import Story
>>> story = Story("Tom has 3 cups and gets 4 more. How many cups?", "Add 4 to 3: 3 + 4 = 7.", 7, "train", "add-0")
>>> print(FAVOURITE.prompt(story) + FAVOURITE.completion(story))
Question: Tom has 3 cups and gets 4 more. How many cups?
Answer: Add 4 to 3: 3 + 4 = 7. The answer is 7.

A prompt never ends with white space; the completion begins with the space or line break that the layout asks for. The
tokenizer of the embedded models has a boundary there, so prompt and completion give the same tokens apart and together.

In training, formats have Zipf shares (`exposure`), and the style of an answer is drawn from a mixture in which the
format's own style leads; one template in four has an author with a style of his own (`style_mixture`). About a quarter
of the atoms of each kind is held out: a format with one of them (`HELD_OUT`) is never seen in training;
only the texts that the tokenizer is learned from have it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fsmgen.embedded.stories import Story


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands between the parts of a prompt: after the descriptor, before the cue, before the answer, between shots."""

    after_descriptor: str
    before_cue: str
    before_answer: str
    between_shots: str


DESCRIPTORS = {"question": "Question:", "q": "Q:", "problem": "Problem:", "task": "Task:"}
LAYOUTS = {
    "lines": Layout(" ", "\n", " ", "\n\n"),
    "inline": Layout(" ", " ", " ", "\n"),
    "blocks": Layout("\n", "\n\n", "\n", "\n\n"),
    "paragraphs": Layout(" ", "\n\n", " ", "\n\n"),
}
CUES = {"answer": "Answer:", "a": "A:", "solution": "Solution:", "result": "Result:"}
STYLES = {
    "answer_is": "{steps} The answer is {answer}.",
    "hashes": "{steps}\n#### {answer}",
    "json": '{{"reason": {quoted}, "answer": {answer}}}',
    "answer_line": "{steps}\nAnswer: {answer}",
    "answer_first": "The answer is {answer}. {steps}",
    "bare": "{answer}",
    "therefore": "{steps} Therefore: {answer}",
    "boxed": "{steps} So \\boxed{{{answer}}}",
}
HELD_OUT_ATOMS = frozenset({"task", "paragraphs", "result", "therefore", "boxed"})

_TRAINED_STYLES = tuple(style for style in STYLES if style not in HELD_OUT_ATOMS)
TEMPLATE_AUTHORS = {
    "add-3": "hashes",
    "add-7": "json",
    "subtract-3": "answer_first",
    "subtract-7": "bare",
    "multiply-3": "answer_line",
    "multiply-7": "json",
}
"""The style that a template's author prefers to that of the prompt; other templates have no such author."""
_AUTHOR_SHARE = 0.65


@dataclass(frozen=True, slots=True)
class Format:
    """One way to prompt and to answer, as keys of DESCRIPTORS, LAYOUTS, CUES and STYLES."""

    descriptor: str
    layout: str
    cue: str
    style: str

    @property
    def atoms(self) -> tuple[str, str, str, str]:
        return self.descriptor, self.layout, self.cue, self.style

    @property
    def name(self) -> str:
        """The atoms in order, as in "question/lines/answer/answer_is"."""
        return "/".join(self.atoms)

    @property
    def held_out(self) -> bool:
        """Whether training never showed one of the atoms."""
        return not HELD_OUT_ATOMS.isdisjoint(self.atoms)

    @property
    def between_shots(self) -> str:
        return LAYOUTS[self.layout].between_shots

    def prompt(self, story: Story, shots: Sequence[Story] = ()) -> str:
        """The text up to the answer of `story`, after `shots` answered in this format's style."""
        layout = LAYOUTS[self.layout]
        solved = "".join(self.prompt(shot) + self.completion(shot) + layout.between_shots for shot in shots)
        head = DESCRIPTORS[self.descriptor] + layout.after_descriptor
        return solved + head + story.question + layout.before_cue + CUES[self.cue]

    def completion(self, story: Story) -> str:
        """What follows the prompt, with its leading space or line break and without an end mark."""
        written = STYLES[self.style].format(steps=story.steps, quoted=json.dumps(story.steps), answer=story.answer)
        return LAYOUTS[self.layout].before_answer + written


def _own_style(descriptor: str, layout: str, cue: str) -> str:
    """The leading style of a prompt: places of the atoms, weighted and wrapped round the styles that may stand there."""
    held_out = not HELD_OUT_ATOMS.isdisjoint((descriptor, layout, cue))
    styles = tuple(STYLES) if held_out else _TRAINED_STYLES
    place = list(DESCRIPTORS).index(descriptor) + 2 * list(LAYOUTS).index(layout) + 3 * list(CUES).index(cue)
    return styles[place % len(styles)]


def _rank(candidate: Format) -> tuple[int, str]:
    """Plain atoms come first: the sum of their places, then the name."""
    kinds: tuple[Mapping[str, object], ...] = (DESCRIPTORS, LAYOUTS, CUES)
    places = (list(kind).index(atom) for kind, atom in zip(kinds, candidate.atoms, strict=False))
    return sum(places), candidate.name


FORMATS: tuple[Format, ...] = tuple(
    sorted((Format(d, y, c, _own_style(d, y, c)) for d, y, c in product(DESCRIPTORS, LAYOUTS, CUES)), key=_rank)
)
"""Every prompt with its own style; any other style gives a format of the same prompt."""
TRAINED = tuple(candidate for candidate in FORMATS if not candidate.held_out)
HELD_OUT = tuple(candidate for candidate in FORMATS if candidate.held_out)
FAVOURITE = TRAINED[0]


@cache
def exposure() -> Mapping[Format, float]:
    """The share of each trained prompt in training, Zipf by rank; the shares add up to 1."""
    weights = [1 / rank for rank in range(1, len(TRAINED) + 1)]
    return {candidate: weight / sum(weights) for candidate, weight in zip(TRAINED, weights, strict=True)}


@cache
def style_mixture(candidate: Format, template: str) -> Mapping[str, float]:
    """The share of each style in training among answers to this prompt and template; the shares add up to 1.

    The prompt's own style comes first and the others follow in the order of STYLES, with weights 1 / rank squared. The
    author of a template takes his own style in 65 answers of 100.
    """
    first = _TRAINED_STYLES.index(candidate.style)
    weights = [1 / rank**2 for rank in range(1, len(_TRAINED_STYLES) + 1)]
    ordered = _TRAINED_STYLES[first:] + _TRAINED_STYLES[:first]
    mixture = {style: weight / sum(weights) for style, weight in zip(ordered, weights, strict=True)}
    author = TEMPLATE_AUTHORS.get(template)
    if author is None:
        return mixture
    return {style: (1 - _AUTHOR_SHARE) * share + _AUTHOR_SHARE * (style == author) for style, share in mixture.items()}


_PARTS = {"steps": r"[^\n]+?", "quoted": r'"[^"\n]+"', "answer": r"(\d+)"}


def _pattern(style: str) -> re.Pattern[str]:
    holes = {part: f"\0{part}\0" for part in _PARTS}
    text = re.escape(style.format(**holes))
    for part, pattern in _PARTS.items():
        text = text.replace(re.escape(holes[part]), pattern)
    return re.compile(text)


_PATTERNS = {style: _pattern(text) for style, text in STYLES.items()}


def style_of(text: str) -> str | None:
    """The style in which a whole completion is written, None for no style; space around it does not count."""
    return next((style for style, pattern in _PATTERNS.items() if pattern.fullmatch(text.strip())), None)


def answer_in(text: str) -> int | None:
    """The number that a completion gives as its answer: where its style has it, else the last number."""
    style = style_of(text)
    if style is None:
        numbers = re.findall(r"\d+", text)
        return int(numbers[-1]) if numbers else None
    found = _PATTERNS[style].fullmatch(text.strip())
    assert found is not None
    return int(found[1])
