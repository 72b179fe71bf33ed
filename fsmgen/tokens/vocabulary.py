"""`Vocabulary`: every token of a model as exact bytes, by id.

>>> vocabulary = Vocabulary.from_tokens([b"yes", b"no", b"<eos>"], eos_ids=[2], size=5)
>>> vocabulary.token_bytes(0), vocabulary.token_bytes(2), vocabulary.token_bytes(4)
(b'yes', b'', b'')
>>> vocabulary.eos_ids, dict(vocabulary.special_ids)
((2,), {'<eos>': 2})
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsmgen.errors import InvalidOption
from fsmgen.tokens.bitmask import Row, mask_words
from fsmgen.tokens.fragments import Fragment, Part, fragments
from fsmgen.tokens.readers import read
from fsmgen.tokens.sections import Sections, sections_of
from fsmgen.tokens.table import TokenTable
from fsmgen.tokens.trie import Trie, cached_trie, concatenated


@dataclass(frozen=True, eq=False, repr=False)
class Vocabulary:
    """The tokens of a model and what must be known of its tokenizer. Equal if `content_hash` is.

    An id is one of: text token (it has bytes), special token (a control token or EOS, never text, even if its name could be typed),
    or nothing (padding up to the model's width, an empty token).

    Attributes:
        size: V, the width of the model's logits.
        eos_ids: ids that end a sequence; at least one.
        special_ids: control tokens and EOS by their text.
        added_ids: text tokens that were added to a tokenizer and spell their own name, by that. What is written as a named token of
            these is their text, however it is cut into tokens.
        dummy_prefix: the encoder puts a space before the text (SentencePiece `add_dummy_prefix`, Metaspace). Some tokenizers do not
            where the text begins with a space of its own. Tokens keep that space in their bytes.
        normalizer: names of what changes the text before it is encoded, such as "NFC"; None if the text is taken as it is. Apart
            from that, a text that contains a tokenizer's own notation may be read as what it denotes: the word boundary mark U+2581
            as a space, the name of a special token as that token, and in Unigram models of tokenizers `<0x0A>` as the byte token.
        content_hash: SHA-256 in hex over all of this and the tokens.
    """

    size: int
    eos_ids: tuple[int, ...]
    special_ids: Mapping[str, int]
    added_ids: Mapping[str, int]
    dummy_prefix: bool
    normalizer: str | None
    content_hash: str
    _tokens: tuple[bytes, ...]

    @classmethod
    def from_tokenizer(cls, tokenizer: Any, *, size: int | None = None, eos_ids: Sequence[int] | None = None) -> Vocabulary:
        """The vocabulary of a tokenizer: transformers (fast), tokenizers, tiktoken, mistral-common or sentencepiece.

        Args:
            size: width of the model's logits; the tokenizer's own by default.
            eos_ids: ids that end a sequence; what the tokenizer says by default.

        Raises:
            UnsupportedTokenizer: its tokens cannot be written as exact bytes.
            InvalidOption: `size` cuts tokens off, or an EOS id is missing or no token.
        """
        table = read(tokenizer)
        return cls._settled(table if eos_ids is None else replace(table, eos_ids=tuple(eos_ids)), size)

    @classmethod
    def from_tokens(
        cls,
        tokens: Sequence[bytes | None],
        *,
        eos_ids: Sequence[int],
        special_ids: Mapping[str, int] | Iterable[tuple[str, int]] = (),
        added_ids: Mapping[str, int] | Iterable[tuple[str, int]] = (),
        size: int | None = None,
    ) -> Vocabulary:
        """The vocabulary with the given bytes by id; None or empty is no text token.

        Raises:
            InvalidOption: as `from_tokenizer`.
        """
        known = dict.fromkeys(eos_ids, b"") | {t: spelled for t, spelled in enumerate(tokens) if spelled is not None}
        table = [known.get(t) for t in range(max(len(tokens), size or 0))]
        return cls._settled(TokenTable(table, dict(special_ids), tuple(eos_ids), added_ids=dict(added_ids)), size)

    @classmethod
    def _settled(cls, table: TokenTable, size: int | None) -> Vocabulary:
        size = _width(table, size)
        eos_ids = tuple(dict.fromkeys(map(int, _checked_eos(table, size))))
        tokens = [spelled or b"" for spelled in table.tokens[:size]] + [b""] * (size - len(table.tokens))
        names = {tokens[token].decode(errors="replace"): token for token in eos_ids if tokens[token]}
        special_ids = names | dict(table.special_ids)
        for token in (*special_ids.values(), *eos_ids):
            tokens[token] = b""
        added_ids = {name: token for name, token in table.added_ids.items() if tokens[token] == name.encode() != b""}
        facts = [size, eos_ids, sorted(special_ids.items()), table.dummy_prefix, table.normalizer]
        facts += [sorted(added_ids.items())] if added_ids else []
        return cls(
            size=size,
            eos_ids=eos_ids,
            special_ids=MappingProxyType(special_ids),
            added_ids=MappingProxyType(added_ids),
            dummy_prefix=table.dummy_prefix,
            normalizer=table.normalizer,
            content_hash=_content_hash(facts, tokens),
            _tokens=tuple(tokens),
        )

    def token_bytes(self, token: int) -> bytes:
        """The token's bytes; empty for an id that is no text token.

        Raises:
            IndexError: no id of this vocabulary.
        """
        if token < 0:
            raise IndexError(f"token id {token} is negative")
        return self._tokens[token]

    def is_text(self, token: int) -> bool:
        """Whether the id is a text token."""
        return self.token_bytes(token) != b""

    def decode(self, tokens: Iterable[int]) -> bytes:
        """The bytes of a sequence of tokens; special tokens contribute nothing."""
        return b"".join(map(self.token_bytes, tokens))

    def spell(self, tokens: Iterable[int]) -> bytes:
        """The bytes of a sequence of tokens, with the names of special tokens in their places."""
        return b"".join(self._names.get(token) or self.token_bytes(token) for token in tokens)

    @cached_property
    def _names(self) -> Mapping[int, bytes]:
        return {token: name.encode() for name, token in self.special_ids.items()}

    @cached_property
    def spelled(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The bytes of all tokens one after the other, uint8[], and where those of each begin and end, int64[V + 1].

        Not marked as read-only: numba takes longer to hand such arrays over.
        """
        data, offsets = concatenated(self._tokens)
        return data.copy(), offsets

    @cached_property
    def single_bytes(self) -> frozenset[int]:
        """The bytes that are a token of their own."""
        return frozenset(spelled[0] for spelled in self._tokens if len(spelled) == 1)

    def trie(self) -> Trie:
        """The packed trie of all text tokens; made once, and kept on disk by `content_hash`.

        Raises:
            LimitReached: the vocabulary is too large for it.
        """
        return self._trie

    @cached_property
    def usual_length(self) -> int:
        """Bytes that all but a few tokens do not exceed: at most one in 256 is longer."""
        lengths = sorted(map(len, self._tokens), reverse=True)
        return max(1, lengths[min(len(lengths) - 1, self.size // 256)])

    @cached_property
    def longest(self) -> int:
        """Bytes of the longest token."""
        return max(map(len, self._tokens))

    @cached_property
    def _parts(self) -> tuple[Part, Part]:
        usual, longer = (f"{self.content_hash}-{name}" for name in ("usual", "longer"))
        return (
            Part(self._usual_tokens, cached_trie(self._usual_tokens, key=usual), usual),
            Part(self._longer_tokens, cached_trie(self._longer_tokens, key=longer), longer),
        )

    def _usual_tokens(self) -> list[bytes]:
        return [spelled if len(spelled) <= self.usual_length else b"" for spelled in self._tokens]

    def _longer_tokens(self) -> list[bytes]:
        return [spelled if len(spelled) > self.usual_length else b"" for spelled in self._tokens]

    @cached_property
    def tries(self) -> tuple[Trie, Trie]:
        """The trie in two parts: tokens of at most `usual_length` bytes, and the few longer ones; kept on disk too."""
        usual, longer = self._parts
        return usual.trie, longer.trie

    def of_characters(self, most: int) -> Row:
        """uint32[W], the tokens that begin at most so many characters, if they begin with one; read-only."""
        row = self._of_characters.get(most)
        if row is None:
            bits = np.zeros(32 * mask_words(self.size), np.bool_)
            np.less_equal(self.characters, most, out=bits[: self.size])
            row = self._of_characters[most] = np.packbits(bits, bitorder="little").view(np.uint32)
            row.setflags(write=False)
        return row

    @cached_property
    def _of_characters(self) -> dict[int, Row]:
        return {}

    @cached_property
    def characters(self) -> NDArray[np.int32]:
        """int32[V], bytes of each token that are not inside of a UTF-8 character."""
        data, offsets = self.spelled
        before = np.zeros(len(data) + 1, np.int32)
        np.cumsum((data & 0xC0) != 0x80, out=before[1:])
        return before[offsets[1:]] - before[offsets[:-1]]

    @cached_property
    def fragments(self) -> tuple[Fragment, ...]:
        """Standard kinds of text with their tokens, in the same two parts: two chains, from the most tokens to the fewest."""
        return fragments(self._parts, self.size)

    @cached_property
    def sections(self) -> tuple[Sections, Sections]:
        """The same two parts cut at the bytes that stand before words."""
        usual, longer = self._parts
        return sections_of(usual, self.size, self.spelled), sections_of(longer, self.size, self.spelled)

    @cached_property
    def _trie(self) -> Trie:
        return cached_trie(lambda: self._tokens, key=self.content_hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def __repr__(self) -> str:
        return f"Vocabulary(size={self.size}, eos_ids={self.eos_ids}, content_hash='{self.content_hash[:8]}...')"


def _width(table: TokenTable, size: int | None) -> int:
    """V; ids of a tokenizer beyond it must have no token."""
    used = max((t + 1 for t, spelled in enumerate(table.tokens) if spelled is not None), default=0)
    used = max(used, *(token + 1 for token in table.special_ids.values()), 0)
    if size is None:
        return used
    if size < used:
        raise InvalidOption("size", size, allowed=f"at least {used}, since the tokenizer has a token with id {used - 1}")
    return size


def _checked_eos(table: TokenTable, size: int) -> tuple[int, ...]:
    given = table.eos_ids
    known = [token for token in given if 0 <= token < size and (token >= len(table.tokens) or table.tokens[token] is not None)]
    if not given:
        raise InvalidOption("eos_ids", None, allowed="one id or more, since the tokenizer names no end-of-sequence token")
    if len(known) < len(given):
        raise InvalidOption("eos_ids", given, allowed=f"ids of tokens that exist (the vocabulary has {size} ids)")
    return given


def _content_hash(facts: list[Any], tokens: list[bytes]) -> str:
    digest = hashlib.sha256(json.dumps(facts).encode())
    digest.update(np.array([len(spelled) for spelled in tokens], "<i8").tobytes())
    digest.update(b"".join(tokens))
    return digest.hexdigest()
