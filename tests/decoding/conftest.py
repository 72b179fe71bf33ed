"""Tiny random checkpoints of several architectures, and a toy model whose logits are a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from fsmgen.constraint import Constraint, compile
from fsmgen.decoding import LanguageModel, load_model
from fsmgen.grammar import Language
from fsmgen.tokens import Vocabulary

WIDTH = 384
MANY_EOS = [1, *range(290, 305)]
CORPUS = [
    "Tom has 3 cups and gets 4 more. How many cups? The answer is 7.",
    "naïve café — 12,345 apples €",
    "yes no maybe",
    "Lena picked fourteen green pears on Monday and wrote them down.",
] * 20


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """The machine is shared, and one thread is faster on models this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _tokenizer() -> Any:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=["<|begin|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(CORPUS, trainer)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<|begin|>", eos_token="<|end|>")


def _config(architecture: str) -> Any:
    small = {"vocab_size": WIDTH, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None, "initializer_range": 0.3}
    shape = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128}
    match architecture:
        case "llama":
            return transformers.LlamaConfig(**small, **shape, num_key_value_heads=2, tie_word_embeddings=True)
        case "mistral":
            return transformers.MistralConfig(**small, **shape, num_key_value_heads=2, sliding_window=12)
        case "qwen2":
            return transformers.Qwen2Config(**small, **shape, num_key_value_heads=2)
        case "neox":
            return transformers.GPTNeoXConfig(**small, **shape)
        case "gpt2":
            return transformers.GPT2Config(**small, n_embd=32, n_layer=2, n_head=4, n_positions=128)
    raise AssertionError(architecture)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path]:
    """Folder of a random model: `checkpoint(architecture, seed)`. Many tokens end an answer, so that random rows do end."""
    made: dict[tuple[str, int], Path] = {}

    def folder(architecture: str, seed: int) -> Path:
        if (architecture, seed) not in made:
            torch.manual_seed(seed)
            network = transformers.AutoModelForCausalLM.from_config(_config(architecture))
            network.generation_config.eos_token_id = MANY_EOS
            made[architecture, seed] = tmp_path_factory.mktemp(f"{architecture}{seed}")
            network.save_pretrained(made[architecture, seed])
            _tokenizer().save_pretrained(made[architecture, seed])
        return made[architecture, seed]

    return folder


@pytest.fixture(scope="session")
def llama(checkpoint: Callable[[str, int], Path]) -> LanguageModel:
    """A random Llama."""
    return load_model(checkpoint("llama", 0))


class ToySession:
    """Rows are their token histories; logits are drawn from a generator seeded by the history."""

    def __init__(self, model: ToyModel) -> None:
        self._model = model
        self._rows: list[tuple[int, ...]] = []

    def start(self, prompts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Read the prompts."""
        self._rows = [tuple(prompt) for prompt in prompts]
        return self._logits()

    def step(self, tokens: Sequence[int], keep: Sequence[int]) -> torch.Tensor:
        """One more token for the rows kept."""
        self._rows = [(*self._rows[row], token) for row, token in zip(keep, tokens, strict=True)]
        return self._logits()

    def _logits(self) -> torch.Tensor:
        return torch.tensor(np.array([self._model.logits(row) for row in self._rows]))


class ToyModel:
    """Few tokens, float64 logits that are a function of the whole history, a session that is a list."""

    context_length = None

    def __init__(self, tokens: Sequence[bytes], *, logits: Callable[[tuple[int, ...]], Sequence[float]] | None = None) -> None:
        self.vocabulary = Vocabulary.from_tokens([None, *tokens], eos_ids=[0], special_ids={"<end>": 0})
        self.logits = logits if logits is not None else self._random

    def _random(self, history: tuple[int, ...]) -> Sequence[float]:
        return list(np.random.default_rng([7, *history]).normal(0, 1.5, self.vocabulary.size))

    def encode(self, text: str) -> list[int]:
        """One id for each byte of the prompt."""
        return [byte % self.vocabulary.size for byte in text.encode()]

    def session(self) -> ToySession:
        """A new batch."""
        return ToySession(self)

    def compile(self, language: Language) -> Constraint:
        """The language over the toy's tokens."""
        return compile(language, self.vocabulary)


@pytest.fixture(scope="session")
def toy() -> type[ToyModel]:
    """The class: `toy([b"a", b"b"])`."""
    return ToyModel
