"""The formats of the embedded models as prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from fsmgen.embedded.formats import HELD_OUT_ATOMS, Format, exposure
from fsmgen.embedded.stories import Story
from fsmgen.evaluation.prompts.prompt import Message
from fsmgen.evaluation.tasks import Item


@dataclass(frozen=True, slots=True)
class FormatPrompt:
    """A format of the embedded models as a prompt.

    >>> from fsmgen.embedded.formats import FAVOURITE
    >>> print(FormatPrompt(FAVOURITE).text(Item("i", "How many is 2 and 2?", "4")))
    Question: How many is 2 and 2?
    Answer:
    """

    format: Format

    @property
    def name(self) -> str:
        """The format's atoms."""
        return self.format.name

    @property
    def exposure(self) -> str:
        """How often the training of the embedded models showed this prompt."""
        unseen = [atom for atom in self.format.atoms if atom in HELD_OUT_ATOMS]
        if unseen:
            return f"never seen: {', '.join(unseen)} held out"
        return f"{_share(self.format):.1%} of training prompts"

    def facts(self) -> dict[str, object]:
        return {"kind": "FormatPrompt", **asdict(self)}

    def text(self, item: Item, examples: Sequence[Item] = ()) -> str:
        """The prompt of an item after solved examples."""
        return self.format.prompt(_story(item), tuple(map(_story, examples)))

    def messages(self, item: Item, examples: Sequence[Item] = ()) -> list[Message]:
        """Each example is a turn of the user and one of the assistant."""
        turns = []
        for example in map(_story, examples):
            turns.append({"role": "user", "content": self.format.prompt(example)})
            turns.append({"role": "assistant", "content": self.format.completion(example).strip()})
        return [*turns, {"role": "user", "content": self.text(item)}]


def _share(wanted: Format) -> float:
    """The share of the prompt whatever its style of answer, since the style does not show in a prompt without examples."""
    return sum(share for seen, share in exposure().items() if seen.atoms[:3] == wanted.atoms[:3])


def _story(item: Item) -> Story:
    return Story(item.question, item.solution, int(item.gold), split="", template=item.group)
