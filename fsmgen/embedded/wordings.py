r"""Wordings: how a sample of a task is put as a prompt and how its answer is written.

A wording is a choice of atoms: descriptor, layout and cue (those of `fsmgen.embedded.formats`), an enumerator for the
choices, a request for a style of answer (or none), and the style in which the answer is written.

>>> from fsmgen.embedded.tasks import samples
>>> sample = samples("plausible", "dev", 1, seed=0)[0]
>>> written = Wording("question", "lines", "answer", style="json", request="json/0")
>>> print(written.prompt(sample) + written.completion(sample))
Question: Is this plausible? Kai, a captain, reads the lesson. Reply in JSON: reason, then answer.
Answer: {"reason": "A captain is of the sea; who reads the lesson is of the school.", "answer": "no"}

With the enumerator "hidden" the choices are not shown and the answer is the choice's text; else it is the choice's label.
A prompt never ends with white space; a completion begins with the white space that its layout asks for.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fsmgen.embedded.formats import CUES, DESCRIPTORS, HELD_OUT_ATOMS, LAYOUTS
from fsmgen.embedded.tasks.sample import Sample
from fsmgen.errors import InvalidOption

ENUMERATORS = {"parens": "(A)", "dot": "A.", "number": "1)", "brackets": "[A]", "hidden": ""}
"""How the first choice is labelled; the label of a choice without its signs is its letter or number."""
STYLES = {
    "answer_is": "{steps} The answer is {answer}.",
    "json": '{{"reason": {reason}, "answer": {value}}}',
    "hashes": "{steps}\n#### {answer}",
    "bare": "{answer}",
    "answer_line": "{steps}\nAnswer: {answer}",
    "json_first": '{{"answer": {value}, "reason": {reason}}}',
    "answer_first": "The answer is {answer}. {steps}",
    "chatty": "Sure, let me think! {steps} So I would say that the answer is {answer}. I hope this helps!",
    "therefore": "{steps} Therefore: {answer}",
    "boxed": "{steps} So \\boxed{{{answer}}}",
}
DIRECT_STYLES = {
    "answer_is": "The answer is {answer}.",
    "json": '{{"answer": {value}}}',
    "hashes": "#### {answer}",
    "answer_line": "Answer: {answer}",
    "json_first": '{{"answer": {value}}}',
    "answer_first": "The answer is {answer}.",
    "chatty": "Sure! I would say that the answer is {answer}. I hope this helps!",
    "therefore": "Therefore: {answer}",
    "boxed": "So \\boxed{{{answer}}}",
}
"""The styles without a working; "bare" is the same in both."""
REQUESTS = {
    "json": ("Reply in JSON: reason, then answer.", "Write JSON with the keys reason and answer.", "Give a JSON object, the reason first."),
    "json_first": (
        "Reply in JSON: answer, then reason.",
        "Write JSON with the keys answer and reason.",
        "Give a JSON object, the answer first.",
    ),
    "answer_is": ("Think first, then say: The answer is.", "Explain, and end with: The answer is.", "Give the steps and the answer."),
    "bare": ("Give the answer only.", "Reply with the answer alone.", "No explanation, only the answer."),
}
"""Three wordings of each request; the last is held out."""
HELD_OUT = HELD_OUT_ATOMS | {"brackets", *(f"{style}/2" for style in REQUESTS)}
"""Atoms that training never shows: a quarter of descriptors, layouts, cues and styles, an enumerator, a third of the requests."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to prompt and to answer.

    Attributes:
        descriptor, layout, cue: keys of the tables in `formats`.
        style: a key of STYLES: what a solved example is written in. It does not show in a prompt without examples.
        enumerator: a key of ENUMERATORS; it does not matter to a sample without choices.
        request: a style of REQUESTS and the number of its wording, as in "json/0"; empty for none.
        reasoning: whether answers show the working.
    """

    descriptor: str
    layout: str
    cue: str
    style: str = "answer_is"
    enumerator: str = "parens"
    request: str = ""
    reasoning: bool = True

    @property
    def name(self) -> str:
        """The atoms in order, as in "question/lines/answer/answer_is/parens/plain"."""
        return "/".join((self.descriptor, self.layout, self.cue, self.style, self.enumerator, self.request.replace("/", "-") or "plain"))

    @classmethod
    def of(cls, name: str) -> Wording:
        """The wording of a name.

        >>> Wording.of("q/blocks/a/json/dot/json-0") == Wording("q", "blocks", "a", "json", "dot", "json/0")
        True

        Raises:
            InvalidOption: it has other than six atoms, or an unknown one.
        """
        atoms = name.split("/")
        requests = {"plain": "", **{f"{style}-{place}": f"{style}/{place}" for style in REQUESTS for place in range(len(REQUESTS[style]))}}
        known: tuple[Collection[str], ...] = (DESCRIPTORS, LAYOUTS, CUES, STYLES, ENUMERATORS, requests)
        if len(atoms) != len(known):
            raise InvalidOption("wording", name, allowed="descriptor/layout/cue/style/enumerator/request")
        for atom, table in zip(atoms, known, strict=True):
            if atom not in table:
                raise InvalidOption("wording", name, allowed=f"with one of {', '.join(table)} in the place of {atom!r}")
        descriptor, layout, cue, style, enumerator, request = atoms
        return cls(descriptor, layout, cue, style, enumerator, requests[request])

    @property
    def unseen(self) -> tuple[str, ...]:
        """The atoms that training never showed."""
        return tuple(
            atom for atom in (self.descriptor, self.layout, self.cue, self.style, self.enumerator, self.request) if atom in HELD_OUT
        )

    def question(self, sample: Sample) -> str:
        """The question with its choices and the request."""
        parts = [sample.question, *self._choices(sample), *self._request()]
        return " ".join(parts)

    def prompt(self, sample: Sample, shots: Sequence[Sample] = ()) -> str:
        """The text up to the answer of `sample`, after `shots` answered in this wording's style."""
        layout = LAYOUTS[self.layout]
        solved = "".join(self.prompt(shot) + self.completion(shot) + layout.between_shots for shot in shots)
        head = DESCRIPTORS[self.descriptor] + layout.after_descriptor
        return solved + head + self.question(sample) + layout.before_cue + CUES[self.cue]

    def completion(self, sample: Sample) -> str:
        """What follows the prompt, with its leading space or line break and without an end mark."""
        styles = STYLES if self.reasoning and sample.steps else STYLES | DIRECT_STYLES
        answer = self.answer(sample)
        written = styles[self.style].format(steps=sample.steps, reason=json.dumps(sample.steps), answer=answer, value=_value(answer))
        return LAYOUTS[self.layout].before_answer + written

    def answer(self, sample: Sample) -> str:
        """The gold answer as this wording wants it: the label of a choice, or the answer's text."""
        if not sample.choices or self.enumerator == "hidden":
            return sample.answer
        return self.labels(sample)[sample.choices.index(sample.answer)]

    def labels(self, sample: Sample) -> tuple[str, ...]:
        """The labels of the choices in order; none if they are not shown."""
        if self.enumerator == "hidden":
            return ()
        first = "1" if self.enumerator == "number" else "A"
        return tuple(chr(ord(first) + place) for place in range(len(sample.choices)))

    def _choices(self, sample: Sample) -> list[str]:
        shown = ENUMERATORS[self.enumerator]
        labels = self.labels(sample)
        marks = [shown.replace("A", label).replace("1", label) for label in labels]
        return [f"{mark} {choice}" for mark, choice in zip(marks, sample.choices, strict=False)]

    def _request(self) -> list[str]:
        if not self.request:
            return []
        style, number = self.request.split("/")
        return [REQUESTS[style][int(number)]]


def _value(answer: str) -> str:
    """The answer as a JSON value: a number or an object as it stands, else a string."""
    return answer if answer.isdecimal() or answer.startswith("{") else json.dumps(answer)


FAVOURITE = Wording("question", "lines", "answer")
