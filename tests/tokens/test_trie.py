"""The packed trie: its layout, its kernels against their twins, its limits, its cache."""

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import LimitReached
from fsmgen.tokens import _kernels
from fsmgen.tokens.trie import FIELD_LIMIT, build_trie, cached_trie
from tests import reference_tokens as reference

vocabularies = st.lists(st.text("ab\u00e9", max_size=5).map(str.encode), max_size=20)


def test_26_tokens_make_this_tree():
    r"""The numbers behind the lines are token ids; 0 and 23 are spelled the same, and 24 is empty.

    ```
     0  \n ......... 16
     1  └─ \n ...... 17
     2  space ....... 7
     3  ├─ a ........ 8
     4  │  └─ n ..... 9
     5  └─ b
     6     └─ e .... 10
     7  . .......... 15
     8  1 .......... 11
     9  └─ 2 ....... 12
    10     └─ 3 .... 13
    11  2 .......... 14
    12  a ........... 0, 23
    13  └─ n ........ 1
    14     ├─ d ..... 2
    15     └─ t ..... 3
    16  b ........... 4
    17  └─ e ........ 5
    18     └─ e ..... 6
    19  t
    20  └─ h ....... 22
    21     └─ e .... 21
    22        └─ n . 25
    23  \xa9 ....... 20
    24  \xc3 ....... 19
    25  └─ \xa9 .... 18
    ```
    """
    words = ["a", "an", "and", "ant", "b", "be", "bee", " ", " a", " an", " be", "1", "12", "123", "2", ".", "\n", "\n\n", "\u00e9"]
    tokens = [*map(str.encode, words), b"\xc3", b"\xa9", b"the", b"th", b"a", b"", b"then"]
    assert len(tokens) == 26
    trie = build_trie(tokens)
    nodes = [reference.unpack(node) for node in trie.nodes.tolist()]
    assert len(nodes) == 26
    assert nodes[0] == (ord("\n"), 0, 16, 2)
    assert nodes[2] == (ord(" "), 0, 7, 7)
    assert nodes[5] == (ord("b"), 1, None, 7)
    assert nodes[12] == (ord("a"), 0, 0, 16)
    assert nodes[15] == (ord("t"), 2, 3, 16)
    assert nodes[19] == (ord("t"), 0, None, 23)
    assert nodes[22] == (ord("n"), 3, 25, 23)
    assert nodes[25] == (0xA9, 1, 18, 26)
    assert trie.duplicates.tolist() == [[0, 23]]
    assert trie.max_depth == 4


@given(vocabularies)
def test_the_nodes_are_those_of_the_obvious_trie(tokens):
    trie = build_trie(tokens)
    assert [reference.unpack(node) for node in trie.nodes.tolist()] == reference.trie_nodes(tokens)
    assert trie.duplicates.tolist() == reference.duplicates(tokens)
    assert trie.max_depth == max(map(len, tokens), default=0)
    assert len(trie.long_tokens) == 0


@given(vocabularies)
def test_kernels_give_what_their_python_and_their_twins_give(tokens):
    strings = sorted(token for token in tokens if token)
    data = np.frombuffer(b"".join(strings), np.uint8)
    offsets = np.cumsum([0, *map(len, strings)], dtype=np.int64)
    ids = np.arange(len(strings), dtype=np.int32)
    shared = [np.empty(len(strings), np.int64) for _ in range(2)]
    _kernels.shared_prefixes(data, offsets, shared[0])
    _kernels.shared_prefixes.py_func(data, offsets, shared[1])
    assert shared[0].tolist() == shared[1].tolist() == reference.shared_prefixes(strings)
    expected = reference.trie_nodes(strings)
    nodes = [np.empty(len(expected), np.uint64) for _ in range(2)]
    _kernels.pack_nodes(data, offsets, ids, shared[0], nodes[0])
    _kernels.pack_nodes.py_func(data, offsets, ids, shared[0], nodes[1])
    assert nodes[0].tolist() == nodes[1].tolist()
    assert [reference.unpack(node) for node in nodes[0].tolist()] == expected


@given(st.lists(st.text("ab\u00e9", max_size=9).map(str.encode), max_size=60), st.integers(0, 7))
def test_blocks_hold_the_same_nodes_and_what_is_below_one_can_be_left_out(tokens, rest):
    trie = build_trie(tokens)

    def leaves_out(node: reference.Node) -> bool:
        return (node[0] + 3 * node[1] + (node[2] or 0)) % 8 < rest

    expected, at = [], 0
    while at < len(trie.nodes):
        *fields, end = reference.unpack(int(trie.nodes[at]))
        expected.append((*fields, 0))
        at = end if leaves_out(expected[-1]) else at + 1
    assert reference.walk_blocks(trie.blocks.tolist(), leaves_out) == expected


@given(vocabularies)
def test_blocks_are_laid_compiled_as_in_python(tokens):
    nodes = build_trie(tokens).nodes
    count = _kernels.count_apart(nodes)
    assert count == _kernels.count_apart.py_func(nodes)
    blocks = [np.zeros(len(nodes) + count + 2, np.uint64) for _ in range(2)]
    _kernels.lay_blocks(nodes, blocks[0])
    _kernels.lay_blocks.py_func(nodes, blocks[1])
    assert blocks[0].tolist() == blocks[1].tolist() == build_trie(tokens).blocks.tolist()


def test_tokens_longer_than_255_bytes_stand_beside_the_nodes():
    tokens = [b"x" * 256, b"x" * 255, b"y", b"z" * 1000, b"x" * 256]
    trie = build_trie(tokens)
    assert (len(trie.nodes), trie.max_depth) == (256, 255)
    assert reference.unpack(int(trie.nodes[254])) == (ord("x"), 254, 1, 255)
    assert trie.long_tokens.tolist() == [0, 3, 4]
    spelled = [trie.long_bytes[a:b].tobytes() for a, b in zip(trie.long_offsets, trie.long_offsets[1:], strict=False)]
    assert spelled == [tokens[t] for t in trie.long_tokens]
    assert trie.duplicates.tolist() == []


def test_a_vocabulary_without_text_has_an_empty_trie():
    trie = build_trie([b"", b""])
    assert (len(trie.nodes), trie.max_depth, trie.duplicates.shape, trie.long_offsets.tolist()) == (0, 0, (0, 2), [0])


def test_arrays_are_read_only():
    trie = build_trie([b"a", b"a", b"b" * 300])
    for array in (trie.nodes, trie.blocks, trie.long_tokens, trie.long_offsets, trie.long_bytes, trie.duplicates):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_more_ids_than_24_bits_can_name_are_refused():
    with pytest.raises(LimitReached) as caught:
        build_trie([b""] * (FIELD_LIMIT + 1))
    assert (caught.value.limit, caught.value.reached) == (2**24 - 1, 2**24)


def test_more_nodes_than_24_bits_can_name_are_refused():
    tail = b"x" * 252
    with pytest.raises(LimitReached) as caught:
        build_trie([i.to_bytes(3) + tail for i in range(67_000)])
    assert caught.value.reached > caught.value.limit == 2**24 - 1


def test_kernels_are_compiled_once():
    for tokens in ([b""], [b"a", b"ab"], [b"a" * 300, b"a"]):
        build_trie(tokens)
    kernels = _kernels.shared_prefixes, _kernels.pack_nodes, _kernels.count_apart, _kernels.lay_blocks
    assert [len(kernel.signatures) for kernel in kernels] == [1] * 4


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("fsmgen.tokens.trie.cache_folder", lambda *_: tmp_path)
    return tmp_path


TOKENS = [b"a", b"ab", b"", b"a", b"c" * 300]


def assert_same(one, other):
    assert one.max_depth == other.max_depth
    for name in ("nodes", "long_tokens", "long_offsets", "long_bytes", "duplicates"):
        first, second = getattr(one, name), getattr(other, name)
        assert first.dtype == second.dtype and first.tolist() == second.tolist()
        assert not first.flags.writeable and not second.flags.writeable


def test_a_trie_is_read_back_from_the_cache(folder, monkeypatch):
    built = cached_trie(lambda: TOKENS, key="k")
    monkeypatch.delattr("fsmgen.tokens.trie.build_trie")
    assert_same(cached_trie(lambda: TOKENS, key="k"), built)
    assert [path.name for path in folder.iterdir()] == ["k.trie"]


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda raw: raw[:20], lambda raw: raw[:-1], lambda raw: raw + b"x", lambda raw: raw[:100] + b"?" + raw[101:]],
    ids=["empty", "header only", "truncated", "longer", "one byte changed"],
)
def test_a_damaged_cache_file_is_built_anew(folder, damage):
    built = cached_trie(lambda: TOKENS, key="k")
    whole = (folder / "k.trie").read_bytes()
    (folder / "k.trie").write_bytes(damage(whole))
    assert_same(cached_trie(lambda: TOKENS, key="k"), built)
    assert (folder / "k.trie").read_bytes() == whole


def test_a_cache_file_of_another_vocabulary_is_not_trusted(folder):
    cached_trie(lambda: TOKENS, key="k")
    (folder / "k.trie").rename(folder / "other.trie")
    assert len(cached_trie(lambda: [b"z"], key="other").nodes) == 1


@pytest.mark.usefixtures("folder")
def test_a_cache_that_cannot_be_written_is_reported_and_done_without(monkeypatch, caplog):
    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr("fsmgen.tokens.trie.atomic_write", full)
    with caplog.at_level(logging.WARNING, logger="fsmgen"):
        assert_same(cached_trie(lambda: TOKENS, key="k"), build_trie(TOKENS))
    assert "disk full" in caplog.text
