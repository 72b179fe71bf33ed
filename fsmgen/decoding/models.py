"""`LanguageModel`: a transformers causal language model with its tokenizer, as the decoding loop needs it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import tokenizers
import torch
import transformers

from fsmgen import __version__
from fsmgen.constraint import Constraint, compile
from fsmgen.decoding.cache import CachedSession
from fsmgen.decoding.checkpoints import Checkpoint
from fsmgen.errors import InvalidOption
from fsmgen.grammar import Language
from fsmgen.tokens import Vocabulary

_COMPILED = 32


class _Compiled(OrderedDict[int, tuple[Language, Constraint]]):
    """The last few constraints over one vocabulary, by the identity of their language."""

    def of(self, language: Language, vocabulary: Vocabulary) -> Constraint:
        if id(language) not in self:
            self[id(language)] = language, compile(language, vocabulary)
            if len(self) > _COMPILED:
                self.popitem(last=False)
        self.move_to_end(id(language))
        return self[id(language)][1]


_SHARED: WeakValueDictionary[str, _Compiled] = WeakValueDictionary()
"""By the hash of the vocabulary: models that share one compile a language once, and share its rows."""


class LanguageModel:
    """A loaded model; `load_model` makes one.

    Attributes:
        name: as it was asked for.
        vocabulary: bytes by id at the width of the logits, with every EOS id that the checkpoint's files name.
        tokenizer: the transformers tokenizer.
        context_length: most tokens of prompt and answer together; None where the architecture sets no limit.
        device: where it runs.
        network: the transformers module.
    """

    def __init__(self, checkpoint: Checkpoint, network: Any, tokenizer: Any) -> None:
        self.name = checkpoint.name
        self.tokenizer = tokenizer
        eos_ids = _eos_ids(checkpoint, network, tokenizer)
        self.vocabulary = Vocabulary.from_tokenizer(tokenizer, size=_logits_width(network), eos_ids=eos_ids)
        self.context_length = _context_length(network)
        self.device: torch.device = network.device
        self._checkpoint = checkpoint
        self.network = network
        self._compiled = _SHARED.setdefault(self.vocabulary.content_hash, _Compiled())

    @cached_property
    def facts(self) -> Mapping[str, str | None]:
        """What a record of a run must name. The first call reads the weight files, for their hash."""
        return {
            "model": self.name,
            "revision": self._checkpoint.revision,
            "sha256": self._checkpoint.sha256(),
            "vocabulary": self.vocabulary.content_hash,
            "architecture": str(self.network.config.model_type),
            "dtype": str(self.network.dtype).removeprefix("torch."),
            "device": str(self.device),
            "prompt_encoding": "add_special_tokens=True",
            "torch": str(torch.__version__),
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
            "fsmgen": __version__,
        }

    def encode(self, text: str) -> list[int]:
        """Ids of a prompt, with the special tokens that the tokenizer adds of its own; an empty prompt is the BOS token.

        Raises:
            InvalidOption: nothing to begin with: an empty prompt, and no BOS token.
        """
        ids = [int(token) for token in self.tokenizer(text, add_special_tokens=True, verbose=False)["input_ids"]]
        if ids:
            return ids
        if self.tokenizer.bos_token_id is None:
            raise InvalidOption("prompt", text, allowed=f"some text, since the tokenizer of {self.name!r} has no BOS token to begin with")
        return [int(self.tokenizer.bos_token_id)]

    def encode_all(self, texts: Sequence[str], *, special: bool = True) -> list[list[int]]:
        """Ids of many texts at once, `encode` of each; with `special=False` without the tokens that the tokenizer adds of its own.

        Raises:
            InvalidOption: as `encode`.
        """
        if not special:
            return [list(map(int, ids)) for ids in self.tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]]
        encoded = self.tokenizer(list(texts), add_special_tokens=True, verbose=False)["input_ids"]
        return [list(map(int, ids)) if ids else self.encode(text) for text, ids in zip(texts, encoded, strict=True)]

    def session(self) -> CachedSession:
        """A new batch in this model."""
        return CachedSession(self.network)

    def compile(self, language: Language) -> Constraint:
        """The language over this model's vocabulary; the last few are kept, so that asking again, also for a model beside it, is free."""
        return self._compiled.of(language, self.vocabulary)


def _logits_width(network: Any) -> int:
    """V: rows of the output layer, padding rows included."""
    head = network.get_output_embeddings()
    return int(network.config.get_text_config().vocab_size if head is None else head.weight.shape[0])


def _context_length(network: Any) -> int | None:
    length = getattr(network.config.get_text_config(), "max_position_embeddings", None)
    return None if length is None else int(length)


def _eos_ids(checkpoint: Checkpoint, network: Any, tokenizer: Any) -> tuple[int, ...]:
    """Every id that ends an answer, in ascending order; a checkpoint's files name one, several or none, each for itself.

    Of config.json only what is written there counts: the default of a transformers class may be an ordinary token of this tokenizer.
    """
    found: set[int] = set()
    for ids in (network.generation_config.eos_token_id, checkpoint.written_eos(), tokenizer.eos_token_id):
        found.update(() if ids is None else [ids] if isinstance(ids, int) else ids)
    return tuple(sorted(found))
