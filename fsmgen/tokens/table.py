"""`TokenTable`: what a reader found in a tokenizer, before the model's width and the EOS ids are settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TokenTable:
    """A tokenizer's tokens and the facts about how it reads text.

    Attributes:
        tokens: bytes by id; empty where a token is no text, None where the tokenizer has no token.
        special_ids: control tokens by their text; their bytes in `tokens` are of no account.
        eos_ids: what the tokenizer itself calls the end of a sequence.
        dummy_prefix: the encoder puts a space before the text.
        normalizer: what changes the text before it is encoded, None if nothing does.
        added_ids: tokens that were added to the tokenizer as text, such as `</think>` in some, by their text.
    """

    tokens: Sequence[bytes | None]
    special_ids: Mapping[str, int]
    eos_ids: tuple[int, ...] = ()
    dummy_prefix: bool = False
    normalizer: str | None = None
    added_ids: Mapping[str, int] = field(default_factory=dict)
