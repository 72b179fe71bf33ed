"""What an experiment needs of a prompt, and two prompts that are made of another one."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from fsmgen.evaluation.tasks import Item

Message: TypeAlias = dict[str, str]
"""A turn of a conversation: `role` (system, user, assistant) and `content`."""
_Shot = TypeVar("_Shot")


class Prompt(Protocol):
    """A way to put a question; a value that names itself."""

    @property
    def name(self) -> str:
        """Short; an experiment refuses two prompts of one name."""
        ...

    @property
    def exposure(self) -> str:
        """How often the model's training showed this prompt, or `unknown`."""
        ...

    def facts(self) -> dict[str, object]:
        """Its kind and every parameter, as JSON values."""
        ...

    def text(self, item: Item, examples: Sequence[Item] = ()) -> str:
        """What the model reads up to its answer, after solved examples."""
        ...

    def messages(self, item: Item, examples: Sequence[Item] = ()) -> list[Message]:
        """The same as turns of a conversation, the last one the user's."""
        ...


def shot_order(count: int, seed: int) -> list[int]:
    """The order of `count` solved examples, by `random.Random(seed).shuffle`, as published studies of consistency drew it.

    >>> shot_order(4, 42), shot_order(4, 1337)
    ([2, 1, 3, 0], [1, 0, 3, 2])
    """
    order = list(range(count))
    random.Random(seed).shuffle(order)
    return order


def reordered(examples: Sequence[_Shot], seed: int) -> list[_Shot]:
    """The same examples in the order of a seed."""
    return [examples[place] for place in shot_order(len(examples), seed)]


@dataclass(frozen=True, slots=True)
class Reordered:
    """A prompt whose solved examples come in the order of a seed: always the same examples, whatever the seed."""

    prompt: Prompt
    seed: int

    @property
    def name(self) -> str:
        return f"{self.prompt.name}, shots by {self.seed}"

    @property
    def exposure(self) -> str:
        return self.prompt.exposure

    def facts(self) -> dict[str, object]:
        return {"kind": "Reordered", "prompt": self.prompt.facts(), "seed": self.seed}

    def text(self, item: Item, examples: Sequence[Item] = ()) -> str:
        return self.prompt.text(item, reordered(examples, self.seed))

    def messages(self, item: Item, examples: Sequence[Item] = ()) -> list[Message]:
        return self.prompt.messages(item, reordered(examples, self.seed))


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """A prompt in a model's own chat template.

    Attributes:
        tokenizer: of the model, as transformers loads it; its template is applied and recorded by its hash.
        multi_turn: solved examples are earlier turns; else one turn of the user has all.
    """

    prompt: Prompt
    tokenizer: Any
    multi_turn: bool = True

    @property
    def name(self) -> str:
        return f"{self.prompt.name}, chat" + ("" if self.multi_turn else " in one turn")

    @property
    def exposure(self) -> str:
        return self.prompt.exposure

    def facts(self) -> dict[str, object]:
        """With the hash of the chat template."""
        template = str(self.tokenizer.get_chat_template())
        digest = hashlib.sha256(template.encode()).hexdigest()
        return {"kind": "ChatPrompt", "prompt": self.prompt.facts(), "multi_turn": self.multi_turn, "template": digest}

    def messages(self, item: Item, examples: Sequence[Item] = ()) -> list[Message]:
        turns = self.prompt.messages(item, examples)
        return turns if self.multi_turn else _one_turn(turns, self.prompt.text(item, examples))

    def text(self, item: Item, examples: Sequence[Item] = ()) -> str:
        """The conversation up to where the assistant speaks; without the BOS token where the tokenizer adds it of its own."""
        text = str(self.tokenizer.apply_chat_template(self.messages(item, examples), tokenize=False, add_generation_prompt=True))
        bos = self.tokenizer.bos_token
        adds = bos is not None and self.tokenizer("a")["input_ids"][:1] == [self.tokenizer.bos_token_id]
        return text.removeprefix(bos) if adds else text


def _one_turn(turns: Sequence[Message], text: str) -> list[Message]:
    """The system's words, and everything else as one turn of the user."""
    system = [turn for turn in turns if turn["role"] == "system"]
    for turn in system:
        text = text.removeprefix(turn["content"]).lstrip()
    return [*system, {"role": "user", "content": text}]
