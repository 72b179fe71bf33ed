"""Real tokenizers, from the data of the mistral-common package, loaded once."""

from __future__ import annotations

import shutil
from pathlib import Path

import mistral_common
import pytest
from mistral_common.tokens.tokenizers.tekken import Tekkenizer
from sentencepiece import SentencePieceProcessor
from tokenizers import Tokenizer, normalizers
from transformers import LlamaTokenizer
from transformers.integrations.mistral import MistralConverter

from fsmgen.tokens import Vocabulary
from tests.tokens.texts import MARK

DATA = Path(mistral_common.__file__).parent / "data"


@pytest.fixture(scope="session")
def tekken():
    """Tekken, 131,072 tokens, as mistral-common reads it."""
    return Tekkenizer.from_file(DATA / "tekken_240911.json")


@pytest.fixture(scope="session")
def tekken_vocabulary(tekken):
    return Vocabulary.from_tokenizer(tekken)


@pytest.fixture(scope="session")
def fast_tekken():
    """The same as a `tokenizers.Tokenizer`."""
    return MistralConverter(str(DATA / "tekken_240911.json")).converted()


@pytest.fixture(scope="session")
def sentence_piece_file(tmp_path_factory):
    """A SentencePiece model of 32,000 tokens under the name that transformers looks for."""
    return Path(shutil.copy(DATA / "tokenizer.model.v1", tmp_path_factory.mktemp("spm") / "tokenizer.model"))


@pytest.fixture(scope="session")
def sentence_piece(sentence_piece_file):
    return SentencePieceProcessor(model_file=str(sentence_piece_file))


@pytest.fixture(scope="session")
def sentence_piece_vocabulary(sentence_piece):
    return Vocabulary.from_tokenizer(sentence_piece)


@pytest.fixture(scope="session")
def fast_llama(sentence_piece_file):
    """The same as a fast tokenizer of transformers, with Metaspace before the model."""
    return LlamaTokenizer.from_pretrained(sentence_piece_file.parent)


@pytest.fixture(scope="session")
def prepending_llama(fast_llama):
    """The same in the form of the first Llama tokenizers: a normalizer writes the mark, and there is no pre-tokenizer."""
    backend = Tokenizer.from_str(fast_llama.backend_tokenizer.to_str())
    backend.normalizer = normalizers.Sequence([normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)])
    backend.pre_tokenizer = None
    return backend
