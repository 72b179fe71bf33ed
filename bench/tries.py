"""Times of the two real vocabularies of the mistral-common package: reading, building the trie, loading it from the cache.

    python bench/tries.py

The median of five runs, in milliseconds, on one thread, after the kernels are compiled.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import mistral_common
from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer
from mistral_common.tokens.tokenizers.tekken import Tekkenizer
from transformers.integrations.mistral import MistralConverter

from fsmgen.tokens import Vocabulary
from fsmgen.tokens.trie import build_trie, cached_trie

DATA = Path(mistral_common.__file__).parent / "data"


def milliseconds(action: Callable[[], Any]) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


def report(name: str, tokenizer: Any) -> None:
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[2])
    tokens = [vocabulary.token_bytes(token) for token in range(vocabulary.size)]
    cached_trie(lambda: tokens, key="bench")
    figures = (
        milliseconds(lambda: Vocabulary.from_tokenizer(tokenizer, eos_ids=[2])),
        milliseconds(lambda: build_trie(tokens)),
        milliseconds(lambda: cached_trie(lambda: tokens, key="bench")),
    )
    nodes = len(build_trie(tokens).nodes)
    print(f"{name:<34}{vocabulary.size:>9}{nodes:>9}" + "".join(f"{figure:>9.1f}" for figure in figures))


def main() -> None:
    build_trie([b"a"])
    print(f"{'vocabulary':<34}{'tokens':>9}{'nodes':>9}{'read':>9}{'build':>9}{'load':>9}")
    for name, tokenizer in (
        ("tekken (mistral-common)", Tekkenizer.from_file(DATA / "tekken_240911.json")),
        ("tekken (tokenizers)", MistralConverter(str(DATA / "tekken_240911.json")).converted()),
        ("SentencePiece (mistral-common)", SentencePieceTokenizer(DATA / "mistral_instruct_tokenizer_240323.model.v3")),
    ):
        with tempfile.TemporaryDirectory() as folder, mock.patch("fsmgen.tokens.trie.cache_folder", lambda *_, at=folder: Path(at)):
            report(name, tokenizer)


if __name__ == "__main__":
    main()
