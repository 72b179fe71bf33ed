"""The wordings of the embedded family as prompts, for the tasks `synthetic:...`.

>>> from fsmgen.embedded.wordings import FAVOURITE
>>> prompt = WordingPrompt(FAVOURITE)
>>> prompt.exposure
'16.7% of the prompts of broad'
>>> print(prompt.text(Item("i", "Which is a fruit?", "B", choices=("a stone", "a pear"), labels=("A", "B"))))
Question: Which is a fruit? (A) a stone (B) a pear
Answer:
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from fsmgen.embedded import formats
from fsmgen.embedded.mixtures import MIXTURES, exposure
from fsmgen.embedded.tasks import Sample
from fsmgen.embedded.wordings import Wording
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.naming import meant
from fsmgen.evaluation.prompts.prompt import Message
from fsmgen.evaluation.tasks import Item

STORIES = "stories"


@dataclass(frozen=True, slots=True)
class WordingPrompt:
    """A wording of the embedded family as a prompt, with how often a mixture of training showed it.

    Attributes:
        mixture: by name; that of the model that is asked, `stories` for the one that saw stories only, empty for any other model.

    Raises:
        InvalidOption: there is no such mixture.
    """

    wording: Wording
    mixture: str = "broad"

    def __post_init__(self) -> None:
        if self.mixture not in ("", STORIES, *MIXTURES):
            raise InvalidOption("mixture", self.mixture, allowed=f"one of {', '.join(MIXTURES)}{meant(self.mixture, MIXTURES)}")

    @property
    def name(self) -> str:
        """The wording's atoms."""
        return self.wording.name

    @property
    def exposure(self) -> str:
        """How often the mixture showed this prompt."""
        if not self.mixture:
            return "unknown"
        if unseen := self.wording.unseen:
            return f"never seen: {', '.join(unseen)} held out"
        if self.mixture == STORIES:
            return f"never seen: {self.wording.request}" if self.wording.request else f"{self._share():.1%} of training prompts"
        share = exposure(MIXTURES[self.mixture], self.wording)
        return f"{share:.1%} of the prompts of {self.mixture}" if share else f"never seen: none of the prompts of {self.mixture}"

    def _share(self) -> float:
        """Of the prompts in the training of the model of stories."""
        prompt = (self.wording.descriptor, self.wording.layout, self.wording.cue)
        return sum(share for seen, share in formats.exposure().items() if seen.atoms[:3] == prompt)

    def facts(self) -> dict[str, object]:
        return {"kind": "WordingPrompt", **asdict(self)}

    def text(self, item: Item, examples: Sequence[Item] = ()) -> str:
        """The prompt of an item after solved examples.

        Raises:
            InvalidOption: the item is answered by letters, and the wording labels choices by numbers or not at all.
        """
        return self.wording.prompt(self._sample(item), [self._sample(example) for example in examples])

    def messages(self, item: Item, examples: Sequence[Item] = ()) -> list[Message]:
        """Each example is a turn of the user and one of the assistant; errors as `text`."""
        turns = []
        for example in map(self._sample, examples):
            turns.append({"role": "user", "content": self.wording.prompt(example)})
            turns.append({"role": "assistant", "content": self.wording.completion(example).strip()})
        return [*turns, {"role": "user", "content": self.text(item)}]

    def _sample(self, item: Item) -> Sample:
        if not item.labels or item.place is None or self._shown(item):
            return Sample("", item.question, item.solution, item.gold, (), item.group, "")
        sample = Sample("", item.question, item.solution, item.choices[item.place], item.choices, item.group, "")
        if self.wording.labels(sample) != item.labels:
            allowed = f"one that labels choices {', '.join(item.labels)}, as the gold answer of item {item.id} does"
            raise InvalidOption("enumerator", self.wording.enumerator, allowed=allowed)
        return sample

    def _shown(self, item: Item) -> bool:
        """Whether the question shows its choices itself, and the wording adds none."""
        return self.wording.enumerator == "hidden" and all(choice in item.question for choice in item.choices)
