"""Small fast tokenizers of every kind: exact bytes where the pipeline allows them, refusal by name where it does not."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from fsmgen.errors import InvalidOption, UnsupportedTokenizer
from fsmgen.tokens import Vocabulary
from tests.tokens.texts import MARK, spelled, texts

CORPUS = [
    "the cat sat on the mat, the cat said: caf\u00e9!",
    "def f(x):\n    return x ** 2",
    "  two  blanks",
    "\u65e5\u672c\u8a9e 123 456",
] * 4
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]


def byte_level(**options):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(**{"add_prefix_space": False, **options})
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<eos>"], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def unigram(pre_tokenizer, decoder, normalizer=None):
    """Some pieces with the mark, all characters of the corpus, and byte tokens for the rest."""
    pieces = [f"{MARK}the", f"{MARK}cat", "at", "ret", f"{MARK}{MARK}", MARK, *sorted(set("".join(CORPUS)) - {" "})]
    scores = {"<unk>": -9.0, "<|end|>": -9.0} | {piece: -1 - len(piece) / 2 for piece in pieces} | dict.fromkeys(BYTE_TOKENS, -20.0)
    tokenizer = Tokenizer(models.Unigram(list(scores.items()), unk_id=0, byte_fallback=True))
    tokenizer.add_special_tokens(["<|end|>"])
    tokenizer.decoder = decoder
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    return tokenizer


def marks(*last):
    return decoders.Sequence([decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(), *last])


texts_without_byte_names = texts.map(lambda text: re.sub("<0x..>", "", text))
STRIP = decoders.Strip(" ", 1, 0)
REPLACE = normalizers.Replace(" ", MARK)
BYTE_LEVEL = byte_level()
MARKED = {
    "Metaspace always": (unigram(pre_tokenizers.Metaspace(prepend_scheme="always"), marks(STRIP)), "unless space"),
    "Metaspace first": (unigram(pre_tokenizers.Metaspace(prepend_scheme="first"), marks(STRIP)), "unless space"),
    "Metaspace never": (unigram(pre_tokenizers.Metaspace(prepend_scheme="never"), marks()), "no"),
    "Metaspace whole": (unigram(pre_tokenizers.Metaspace(prepend_scheme="first", split=False), marks(STRIP)), "unless space"),
    "Prepend mark": (unigram(None, marks(STRIP), normalizers.Sequence([normalizers.Prepend(MARK), REPLACE])), "always"),
    "Prepend space": (unigram(None, marks(STRIP), normalizers.Sequence([normalizers.Prepend(" "), REPLACE])), "always"),
    "Replace": (unigram(pre_tokenizers.Split(" ", "merged_with_previous"), marks(), REPLACE), "no"),
}


def read(tokenizer, **options):
    return Vocabulary.from_tokenizer(tokenizer, **{"eos_ids": [tokenizer.token_to_id("<|end|>")], **options})


@given(texts)
def test_byte_level_ids_spell_the_text(text):
    vocabulary = Vocabulary.from_tokenizer(BYTE_LEVEL, eos_ids=[0])
    assert vocabulary.decode(BYTE_LEVEL.encode(text).ids) == text.encode()
    assert (vocabulary.dummy_prefix, vocabulary.normalizer, vocabulary.special_ids) == (False, None, {"<eos>": 0})
    assert len(vocabulary.single_bytes) == 256


@given(st.lists(st.integers(0, 399), max_size=10))
def test_byte_level_ids_decode_as_the_tokenizer_decodes_them(ids):
    ids = [token % BYTE_LEVEL.get_vocab_size() for token in ids]
    vocabulary = Vocabulary.from_tokenizer(BYTE_LEVEL, eos_ids=[0])
    assert vocabulary.decode(ids).decode(errors="replace") == BYTE_LEVEL.decode(ids)


@pytest.mark.parametrize("name", MARKED)
@given(text=texts_without_byte_names)
def test_marked_ids_spell_the_text(name, text):
    tokenizer, prefix = MARKED[name]
    vocabulary = read(tokenizer)
    assert vocabulary.decode(tokenizer.encode(text).ids) == spelled(text, mark=True, prefix=prefix)
    assert vocabulary.dummy_prefix == (prefix != "no")
    assert vocabulary.normalizer is None


@pytest.mark.parametrize("name", MARKED)
@given(ids=st.lists(st.integers(0, 2**20), max_size=10))
def test_marked_ids_decode_as_the_tokenizer_decodes_them(name, ids):
    tokenizer, _ = MARKED[name]
    vocabulary = read(tokenizer)
    ids = [tokenizer.token_to_id("t")] + [2 + token % (vocabulary.size - 2) for token in ids]
    own = tokenizer.decode(ids)
    assert own == vocabulary.decode(ids).decode(errors="replace") or "\ufffd" in own


@given(text=texts_without_byte_names)
def test_a_metaspace_decoder_keeps_all_but_leading_spaces(text):
    tokenizer = unigram(pre_tokenizers.Metaspace(), decoders.Sequence([decoders.Metaspace(), decoders.ByteFallback(), decoders.Fuse()]))
    ids = tokenizer.encode(text).ids
    assert read(tokenizer).decode(ids) == spelled(text, mark=True, prefix="unless space")
    assert read(tokenizer).decode(ids).decode().lstrip(" ") == tokenizer.decode(ids).lstrip(" ")


def test_byte_fallback_without_fuse_is_exact_too():
    tokenizer = unigram(pre_tokenizers.Metaspace(), decoders.Sequence([decoders.Replace(MARK, " "), decoders.ByteFallback()]))
    assert read(tokenizer) == read(MARKED["Metaspace always"][0])


def test_byte_tokens_and_plain_tokens_are_duplicates():
    tokenizer, _ = MARKED["Prepend mark"]
    vocabulary = read(tokenizer)
    assert vocabulary.token_bytes(tokenizer.token_to_id("<0x63>")) == vocabulary.token_bytes(tokenizer.token_to_id("c")) == b"c"
    assert [tokenizer.token_to_id("c"), tokenizer.token_to_id("<0x63>")] in vocabulary.trie().duplicates.tolist()


def test_a_unigram_model_reads_the_name_of_a_byte_token_as_that_token():
    tokenizer, _ = MARKED["Replace"]
    assert tokenizer.encode("<0x0A>").ids == [tokenizer.token_to_id("<0x0A>")]
    assert read(tokenizer).decode(tokenizer.encode("<0x0A>").ids) == tokenizer.decode(tokenizer.encode("<0x0A>").ids).encode() == b"\n"


def test_the_token_for_unknown_text_is_no_text():
    vocabulary = read(MARKED["Prepend mark"][0])
    assert vocabulary.special_ids == {"<unk>": 0, "<|end|>": 1}
    assert not vocabulary.is_text(0)


@pytest.mark.parametrize("content", ["<think>", "   ", "\t\t", "\u65e5\u672c", "caf\u00e9", "\u0120qx"])
def test_an_added_token_that_is_not_special_is_its_literal_text(content):
    tokenizer = byte_level()
    tokenizer.add_tokens([AddedToken(content, normalized=False, special=False)])
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    token = tokenizer.token_to_id(content)
    assert vocabulary.token_bytes(token) == content.encode()
    text = f"a{content}b"
    assert token in tokenizer.encode(text).ids
    assert vocabulary.decode(tokenizer.encode(text).ids) == text.encode()


def test_decoding_an_added_token_of_byte_level_letters_is_lossy_in_the_tokenizer_only():
    tokenizer = byte_level()
    tokenizer.add_tokens(["caf\u00e9", "<think>"])
    assert tokenizer.decode(tokenizer.encode("caf\u00e9").ids) == "caf\ufffd"
    assert tokenizer.decode(tokenizer.encode("<think>").ids) == "<think>"


def test_an_added_token_that_the_model_has_too_keeps_the_bytes_of_the_model():
    tokenizer = byte_level()
    assert tokenizer.token_to_id("\u0120the") is not None
    tokenizer.add_tokens(["\u0120the"])
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    assert vocabulary.token_bytes(tokenizer.token_to_id("\u0120the")) == b" the"


def test_an_added_token_of_marks_is_spaces():
    tokenizer = unigram(None, marks(), REPLACE)
    tokenizer.add_tokens([AddedToken(MARK * 2, normalized=False, special=False), AddedToken("a b", normalized=False, special=False)])
    vocabulary = read(tokenizer)
    assert vocabulary.token_bytes(tokenizer.token_to_id(MARK * 2)) == b"  "
    assert vocabulary.token_bytes(tokenizer.token_to_id("a b")) == b"a b"


def test_a_byte_level_piece_with_a_foreign_character_is_literal_as_in_its_decoder():
    tokenizer = Tokenizer(models.BPE(vocab={"\u0120a": 0, "\u65e5\u0120": 1, "\u00e9\u00a0": 2, "\u00c3\u00a9": 3, "a b": 4}, merges=[]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    assert [vocabulary.token_bytes(t).decode() for t in range(1, 5)] == [tokenizer.decode([t]) for t in range(1, 5)]


def test_a_prefix_space_of_the_byte_level_encoder_is_a_dummy_prefix():
    tokenizer = byte_level(add_prefix_space=True)
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    assert vocabulary.dummy_prefix
    assert vocabulary.decode(tokenizer.encode("a").ids) == vocabulary.decode(tokenizer.encode(" a").ids) == b" a"


def with_parts(normalizer=None, pre_tokenizer=None):
    tokenizer = byte_level()
    byte_levels = [tokenizer.pre_tokenizer]
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*([pre_tokenizer] if pre_tokenizer else []), *byte_levels])
    return Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (normalizers.NFC(), "NFC"),
        (normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()]), "NFKC, Lowercase"),
        (normalizers.Replace(Regex(" {2,}"), " "), "Replace"),
        (normalizers.Prepend("x"), "Prepend"),
        (normalizers.Sequence([]), None),
        (pre_tokenizers.WhitespaceSplit(), "WhitespaceSplit"),
        (pre_tokenizers.Split(" ", "removed"), "Split"),
        (pre_tokenizers.Split(" ", "isolated"), None),
        (pre_tokenizers.Digits(), None),
        (pre_tokenizers.Punctuation(), None),
    ],
)
def test_what_changes_the_text_is_named(part, name):
    is_normalizer = isinstance(part, normalizers.Normalizer)
    vocabulary = with_parts(part, None) if is_normalizer else with_parts(None, part)
    assert vocabulary.normalizer == name
    assert not vocabulary.dummy_prefix


def test_the_byte_level_normalizer_is_no_change_of_the_text():
    tokenizer = byte_level()
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.ByteLevel(), pre_tokenizers.Digits()
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    assert vocabulary.normalizer is None
    assert vocabulary.decode(tokenizer.encode("caf\u00e9 12").ids) == "caf\u00e9 12".encode()


def test_added_text_tokens_that_eat_spaces_are_a_change_of_the_text():
    tokenizer = byte_level()
    tokenizer.add_tokens([AddedToken("<x>", rstrip=True, special=False)])
    assert Vocabulary.from_tokenizer(tokenizer, eos_ids=[0]).normalizer == "AddedToken"
    assert tokenizer.encode("<x>  a").ids == tokenizer.encode("<x>a").ids


def test_word_level_with_an_exact_decoder_is_read():
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, f"{MARK}a": 1, "b": 2}, unk_token="<unk>"))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    assert [vocabulary.token_bytes(t) for t in range(3)] == [b"", b" a", b"b"]


def refused(change=lambda tokenizer: None, base=byte_level):
    tokenizer = base()
    change(tokenizer)
    with pytest.raises(UnsupportedTokenizer) as caught:
        Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    assert str(caught.value).startswith(f"tokenizer component {caught.value.component} is not supported: ")
    return caught.value.component


@pytest.mark.parametrize(
    ("model", "component"),
    [
        (models.WordPiece({"[UNK]": 0, "a": 1, "##b": 2}, unk_token="[UNK]"), "model WordPiece"),
        (models.WordLevel({"<unk>": 0, "a": 1}, unk_token="<unk>"), "decoder None"),
        (models.BPE(vocab={"a</w>": 0}, merges=[], end_of_word_suffix="</w>"), "BPE.end_of_word_suffix"),
        (models.BPE(vocab={"##a": 0}, merges=[], continuing_subword_prefix="##"), "BPE.continuing_subword_prefix"),
        (models.BPE(vocab={"a": 0}, merges=[]), "decoder None"),
    ],
)
def test_models_without_exact_tokens_are_refused_by_name(model, component):
    assert refused(base=lambda: Tokenizer(model)) == component


@pytest.mark.parametrize(
    ("decoder", "component"),
    [
        (decoders.WordPiece(), "decoder WordPiece"),
        (decoders.CTC(), "decoder CTC"),
        (decoders.BPEDecoder(), "decoder BPEDecoder"),
        (decoders.Sequence([decoders.Fuse(), decoders.Replace(MARK, " ")]), "decoder Replace"),
        (decoders.Sequence([decoders.ByteFallback(), decoders.Replace(MARK, " ")]), "decoder Replace"),
        (decoders.Sequence([decoders.Replace(Regex("a+"), "b"), decoders.Fuse()]), "decoder Replace"),
        (decoders.Sequence([decoders.Replace("<s>", " ")]), "decoder Replace"),
        (decoders.Sequence([decoders.Fuse(), decoders.ByteFallback()]), "decoder ByteFallback"),
        (decoders.Sequence([decoders.ByteLevel(), decoders.ByteFallback()]), "decoder ByteFallback"),
        (decoders.Sequence([decoders.Fuse(), decoders.Strip(" ", 2, 0)]), "decoder Strip"),
        (decoders.Sequence([decoders.Fuse(), decoders.Strip(" ", 0, 1)]), "decoder Strip"),
        (decoders.Sequence([decoders.Fuse(), decoders.Strip("x", 1, 0)]), "decoder Strip"),
        (decoders.Strip(" ", 1, 0), "decoder Strip"),
        (decoders.Metaspace(), "decoder"),
        (decoders.Fuse(), "ByteLevel"),
    ],
)
def test_decoders_that_do_not_give_back_the_bytes_are_refused_by_name(decoder, component):
    assert refused(lambda tokenizer: setattr(tokenizer, "decoder", decoder)) == component


def test_a_decoder_without_its_encoder_is_refused():
    assert refused(lambda tokenizer: setattr(tokenizer, "pre_tokenizer", pre_tokenizers.Digits())) == "ByteLevel"
    assert refused(lambda tokenizer: setattr(tokenizer, "normalizer", REPLACE)) == "decoder"


def test_byte_fallback_that_the_decoder_does_not_know_is_refused():
    assert refused(base=lambda: unigram(pre_tokenizers.Metaspace(), decoders.Metaspace())) == "byte_fallback"


class Custom:
    """Stands for any component of the caller's own."""


@pytest.mark.parametrize("nested", [False, True])
def test_components_written_in_python_are_refused_by_name(nested):
    pre_tokenizer = pre_tokenizers.PreTokenizer.custom(Custom())
    if nested:
        pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizer])
    assert refused(lambda tokenizer: setattr(tokenizer, "pre_tokenizer", pre_tokenizer)).startswith("pre_tokenizer ")
    assert refused(lambda tokenizer: setattr(tokenizer, "decoder", decoders.Decoder.custom(Custom()))) == "decoder Decoder"


def test_two_spellings_of_one_id_are_refused_unless_the_bytes_agree():
    def tokenizer_of(vocabulary):
        tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], byte_fallback=True))
        tokenizer.normalizer, tokenizer.decoder = REPLACE, marks()
        return tokenizer

    assert Vocabulary.from_tokenizer(tokenizer_of({"\t": 1, "<0x09>": 1, "e": 0}), eos_ids=[0]).token_bytes(1) == b"\t"
    assert refused(base=lambda: tokenizer_of({"a": 1, "b": 1, "e": 0})) == "vocabulary"


def test_ids_between_the_tokens_of_a_model_are_no_tokens():
    tokenizer = Tokenizer(models.BPE(vocab={"a": 0, "b": 5}, merges=[]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|end|>"])
    vocabulary = read(tokenizer)
    assert [t for t in range(vocabulary.size) if vocabulary.is_text(t)] == [0, 5]
    assert [vocabulary.token_bytes(t) for t in (1, 4)] == [b"", b""]


def test_a_piece_that_a_unigram_model_lists_twice_has_two_ids():
    tokenizer = Tokenizer(models.Unigram([("<unk>", -1.0), ("a", -1.0), ("a", -2.0), (MARK, -1.0)], 0, False))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    assert [vocabulary.token_bytes(t) for t in range(4)] == [b"", b"a", b"a", b" "]


def test_the_eos_of_a_transformers_tokenizer_is_the_default():
    wrapped = PreTrainedTokenizerFast(tokenizer_object=byte_level(), eos_token="<eos>", pad_token="<pad>")
    vocabulary = Vocabulary.from_tokenizer(wrapped)
    assert vocabulary.eos_ids == (0,) == (wrapped.eos_token_id,)
    assert vocabulary.special_ids == {"<eos>": 0, "<pad>": wrapped.pad_token_id}
    several = Vocabulary.from_tokenizer(wrapped, eos_ids=[0, wrapped.pad_token_id])
    assert several.eos_ids == (0, wrapped.pad_token_id)


def test_a_tokenizer_without_eos_needs_one():
    with pytest.raises(InvalidOption, match="names no end-of-sequence token"):
        Vocabulary.from_tokenizer(byte_level())


def test_a_text_token_named_as_eos_is_text_no_more():
    tokenizer = byte_level()
    newline = tokenizer.token_to_id("\u010a")
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_ids=[0, newline])
    assert not vocabulary.is_text(newline)
    assert vocabulary.special_ids == {"<eos>": 0, "\n": newline}


def test_reading_leaves_the_tokenizer_as_it_was():
    tokenizer = byte_level()
    before = json.loads(tokenizer.to_str())
    Vocabulary.from_tokenizer(tokenizer, eos_ids=[0])
    assert json.loads(tokenizer.to_str()) == before


def test_an_object_that_is_no_tokenizer_is_refused_by_its_type():
    with pytest.raises(UnsupportedTokenizer, match="tokenizer component Custom") as caught:
        Vocabulary.from_tokenizer(Custom())
    assert caught.value.component == "Custom"
