"""The shipped tokenizer: byte-level laws, single digits, and a boundary where a completion begins."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, pre_tokenizers

from fsmgen.embedded import DEFAULT, bpe, checkpoint_folder, formats, stories
from fsmgen.embedded.recipe import RECIPES, corpus

ITEMS = stories.stories("test", 30, seed=2)
TOKENIZER = Tokenizer.from_file(str(checkpoint_folder(DEFAULT) / "tokenizer.json"))


def encode(text):
    return TOKENIZER.encode(text).ids


def test_each_of_the_256_bytes_is_a_token():
    assert set(pre_tokenizers.ByteLevel.alphabet()) <= set(TOKENIZER.get_vocab())
    assert len(pre_tokenizers.ByteLevel.alphabet()) == 256


def test_end_and_padding_have_the_declared_ids_and_the_size_is_the_recipes():
    assert (TOKENIZER.token_to_id(bpe.END), TOKENIZER.token_to_id(bpe.PAD)) == (bpe.END_ID, bpe.PAD_ID)
    assert TOKENIZER.get_vocab_size() == RECIPES[DEFAULT].tokens


def test_no_token_joins_a_digit_to_anything():
    assert [token for token in TOKENIZER.get_vocab() if len(token) > 1 and any(sign.isdigit() for sign in token)] == []


def test_some_tokens_span_lexemes():
    assert {".ĠThe", '.",Ġ"answer', "?ĊAnswer:"} <= set(TOKENIZER.get_vocab())


@given(st.text())
def test_decoding_undoes_encoding_for_any_text(text):
    assert TOKENIZER.decode(encode(text), skip_special_tokens=False) == text


@given(st.sampled_from(formats.FORMATS), st.sampled_from(list(formats.STYLES)), st.sampled_from(ITEMS), st.integers(0, 2))
def test_prompt_and_completion_give_the_same_tokens_apart_and_together(written, style, item, shots):
    written = replace(written, style=style)
    prompt, completion = written.prompt(item, ITEMS[:shots]), written.completion(item)
    assert encode(prompt) + encode(completion) == encode(prompt + completion)


@given(st.sampled_from(formats.FORMATS), st.sampled_from(ITEMS), st.from_regex(r"[ \n][^\s]\w*", fullmatch=True))
def test_anything_after_white_space_leaves_the_tokens_of_the_prompt_alone(written, item, completion):
    prompt = written.prompt(item)
    assert encode(prompt + completion)[: len(encode(prompt))] == encode(prompt)


@pytest.mark.parametrize("text", ["a1b22", "x: 1", "naïve 5\n\n## 6", "١٢"])
def test_pieces_join_to_the_text(text):
    split = pre_tokenizers.Split(bpe.Regex(bpe.PIECES), "isolated")
    assert "".join(piece for piece, _ in split.pre_tokenize_str(text)) == text


def test_the_tokenizer_is_the_one_that_its_recipe_makes():
    made = bpe.train_tokenizer(corpus(RECIPES[DEFAULT]), size=RECIPES[DEFAULT].tokens)
    assert made.get_vocab() == TOKENIZER.get_vocab()
