r"""The tokenizer of an embedded model: byte-level BPE whose tokens may span lexemes.

A digit is always a token of its own. A run of other signs joins the word after it, so that `. The` or `", "answer` can be
one token; a colon right after a word belongs to the word. So there is a boundary wherever a colon is followed by a space,
a line break, or a digit, which is where a prompt ends and its completion begins. No normaliser, no dummy prefix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

if TYPE_CHECKING:
    from collections.abc import Iterable

END = "<|endoftext|>"
PAD = "<|pad|>"
END_ID, PAD_ID = 0, 1
PIECES = r"\p{N}|[^\p{L}\p{N}]*\p{L}+:?|[^\p{L}\p{N}]+"
"""What merges never cross: one digit, a word with the signs before it, or signs before a digit or the end."""


def train_tokenizer(texts: Iterable[str], *, size: int) -> Tokenizer:
    """A tokenizer of `size` tokens: END, PAD, the 256 bytes, then the merges learned from `texts`."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(PIECES), "isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[END, PAD],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
