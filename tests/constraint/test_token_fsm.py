"""The explicit machine over tokens equals the lazily walked one, and its counts are those of enumeration."""

from __future__ import annotations

import itertools
import random
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from fsmgen.automata import DEAD
from fsmgen.constraint import Constraint, TokenFsm, compile
from fsmgen.constraint.token_fsm._kernels import write_targets
from fsmgen.constraint.token_fsm.layout import layered
from fsmgen.constraint.token_fsm.spelling import described
from fsmgen.errors import LimitReached, MissingPackage, Unspellable
from fsmgen.frontends import choice, regex
from fsmgen.tokens import Vocabulary
from fsmgen.tokens.bitmask import allowed_ids
from tests.languages import EXPRESSIONS, VOCABULARIES, language
from tests.reference import derive, nullable

SMALL = Vocabulary.from_tokens(
    [b"a", b"b", b"ab", b"ba", b"bb", b"c", b"ab", None, None], eos_ids=(7,), special_ids={"<|end|>": 8, "<|call|>": 7}
)


def machine(pattern: str, vocabulary: Vocabulary = SMALL) -> TokenFsm:
    return compile(regex(pattern), vocabulary).token_fsm()


def sequences(fsm: TokenFsm, longest: int) -> list[tuple[int, ...]]:
    """The twin: token sequences by trying every token at every place."""
    found, open_ends = [], [()]
    for _ in range(longest + 1):
        found += [tokens for tokens in open_ends if fsm.accepts(tokens)]
        open_ends = [(*tokens, t) for tokens in open_ends for t in range(fsm.vocabulary.size) if fsm.run((*tokens, t)) != DEAD]
    return found


def compiled(name: str, vocabulary: str) -> Constraint | None:
    try:
        return compile(language(name), VOCABULARIES[vocabulary])
    except Unspellable:
        return None


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_state_allows_what_its_mask_row_allows_and_leads_where_the_walk_leads(name, vocabulary):
    constraint = compiled(name, vocabulary)
    if constraint is None:
        return
    fsm = constraint.token_fsm()
    partner = {fsm.start: constraint.start}
    for state in (queue := [fsm.start]):
        row = constraint.row(partner[state])
        assert fsm.allowed(state).tolist() == allowed_ids(row).tolist()
        assert fsm.accepting[state] == constraint.accepting(partner[state])
        for token, target in zip(*(array.tolist() for array in fsm.edges(state)), strict=True):
            after = constraint.walker.after(partner[state], token)
            if target not in partner:
                queue.append(target)
            assert partner.setdefault(target, after) == after and fsm.step(state, token) == target
    assert sorted(partner) == list(range(1, fsm.state_count)), "a state that nothing leads to"
    assert len(set(partner.values())) == len(partner)


@settings(max_examples=60)
@given(name=st.sampled_from(sorted(EXPRESSIONS)), vocabulary=st.sampled_from(sorted(VOCABULARIES)), numbers=st.lists(st.integers(0, 9999)))
def test_walks_agree_with_a_matcher_and_with_derivatives(name, vocabulary, numbers):
    constraint = compiled(name, vocabulary)
    if constraint is None:
        return
    fsm, matcher, rest = constraint.token_fsm(), constraint.matcher(), EXPRESSIONS[name]
    state = fsm.start
    for number in numbers:
        tokens = fsm.edges(state)[0]
        if not len(tokens):
            break
        token = int(tokens[number % len(tokens)])
        spelled = fsm.spelling(token)
        rest = derive(rest, spelled if isinstance(spelled, bytes) else [spelled])
        state = fsm.step(state, token)
        assert matcher.advance(token)
        assert bool(fsm.accepting[state]) == matcher.accepting == nullable(rest)


def test_the_dead_state_and_unknown_tokens_lead_nowhere():
    fsm = machine("ab?")
    assert {fsm.step(state, token) for state in range(fsm.state_count) for token in (-1, 5, 7, 8, 9, 10_000)} == {DEAD}
    assert len(fsm.edges(DEAD)[0]) == 0 and not fsm.accepting[DEAD] and fsm.allowed(DEAD).tolist() == []
    assert fsm.allowed(fsm.run([0])).tolist() == [1, 7] and not fsm.accepts([7]) and fsm.accepts([2]) and fsm.accepts([6])
    assert not any(array.flags.writeable for array in (fsm.offsets, fsm.tokens, fsm.targets, fsm.accepting))


@pytest.mark.parametrize("pattern", ["(a|b){1,3}c?", "ab?|abbc|c{2}", "(ab|a|b)*", "a*", "abc"])
def test_counts_are_those_of_enumeration(pattern):
    fsm = machine(pattern)
    twin = sequences(fsm, 4)
    counts = [sum(len(tokens) == length for tokens in twin) for length in range(5)]
    assert [fsm.count_sequences(max_tokens=most) for most in range(5)] == list(itertools.accumulate(counts))
    assert fsm.count_sequences() == (None if "*" in pattern else len(twin))
    texts = Counter(fsm.vocabulary.decode(tokens) for tokens in sequences(fsm, 4))
    short = {text: count for text, count in texts.items() if len(text) <= 4}
    assert {text: fsm.count_spellings(text) for text in short} == short
    assert fsm.count_spellings(b"d") == fsm.count_spellings(b"aaac") * 0 == 0


def test_a_long_pattern_has_its_exact_number_of_spellings():
    fsm = machine("[ab]{40}", Vocabulary.from_tokens([b"a", b"b", None], eos_ids=(2,)))
    assert fsm.count_sequences() == 2**40
    fsm = machine("a{60}", Vocabulary.from_tokens([b"a", b"aa", None], eos_ids=(2,)))
    fibonacci = [1, 1]
    while len(fibonacci) <= 60:
        fibonacci.append(sum(fibonacci[-2:]))
    assert fsm.count_sequences() == fsm.count_spellings(b"a" * 60) == fibonacci[60]


@pytest.mark.parametrize("most", [None, 3])
def test_drawn_sequences_are_uniform(most):
    fsm, generator = machine("(a|b){1,3}c?" if most is None else "(a|b)*c?"), random.Random(5)
    twin = sequences(fsm, 4 if most is None else most)
    drawn = Counter(fsm.draw(generator, max_tokens=most) for _ in range(100 * len(twin)))
    assert set(drawn) <= set(twin)
    assert chisquare([drawn[tokens] for tokens in twin]).pvalue > 1e-3


def test_a_machine_beyond_its_limit_is_refused_with_what_was_reached():
    constraint = compile(regex("[ab]{1,50}"), SMALL)
    with pytest.raises(LimitReached, match=r"\[ab\]\{1,50\}.*edges needs \d+, the limit is 30") as error:
        constraint.token_fsm(limit=30)
    assert error.value.limit == 30 and 30 < error.value.reached <= 30 + SMALL.size
    with pytest.raises(LimitReached, match="states"):
        compile(choice(["a" * n + "b" for n in range(30)]), SMALL).token_fsm(limit=1)


def test_recursion_beyond_a_finite_depth_is_refused_too():
    with pytest.raises(LimitReached, match="limit is 1000"):
        machine_of_nesting().token_fsm(limit=1000)


def machine_of_nesting() -> Constraint:
    from fsmgen.automata import Call, sequence, text
    from fsmgen.automata import choice as either
    from fsmgen.grammar import Grammar, Language

    rules = {"start": either([sequence([text("a"), Call("start"), text("b")]), text("c")])}
    return compile(Language(Grammar(rules), "nesting"), SMALL)


def test_the_kernel_is_its_python_form_and_the_twin():
    constraint = compile(regex("(a|b){1,3}c?"), SMALL)
    constraint.token_fsm()
    trie, automaton = SMALL.trie(), constraint.walker.automaton
    twin = np.array([constraint.walker.after(constraint.start, t) for t in range(SMALL.size)], np.int32)
    twin[SMALL.trie().duplicates[:, 1]] = 0
    for function in (write_targets, write_targets.py_func):
        out, stack = np.zeros(SMALL.size, np.int32), np.zeros(trie.max_depth + 1, np.int32)
        stack[0] = constraint.start
        assert function(trie.nodes, (automaton.classes, automaton.pools.transitions), 0, stack, out) == len(trie.nodes)
        assert out.tolist() == twin.tolist()
    unbuilt = np.full_like(automaton.pools.transitions, -1)
    assert write_targets(trie.nodes, (automaton.classes, unbuilt), 0, stack, out) == 0
    assert len(write_targets.signatures) == 1


def test_a_transition_that_was_not_built_on_the_way_is_built_then(monkeypatch):
    constraint = compile(regex("(a|b){1,3}c?"), SMALL)
    monkeypatch.setattr(constraint.walker, "targets", lambda state: [])
    fsm, other = constraint.token_fsm(), machine("(a|b){1,3}c?")
    assert fsm.tokens.tolist() == other.tokens.tolist() and fsm.targets.tolist() == other.targets.tolist()


def test_the_networkx_graph_has_every_edge():
    fsm = compile(language("symbols"), VOCABULARIES["few bytes"]).token_fsm()
    graph = fsm.to_networkx()
    assert graph.number_of_nodes() == fsm.state_count - 1 and graph.number_of_edges() == fsm.edge_count
    assert graph.graph["start"] == fsm.start and [n for n, data in graph.nodes(data=True) if data["start"]] == [fsm.start]
    arrows = {(state, fsm.step(state, token), token) for state in range(fsm.state_count) for token in fsm.edges(state)[0].tolist()}
    assert set(graph.edges(keys=True)) == arrows
    spellings = {data["spelling"] for _, _, data in graph.edges(data=True)}
    assert {b"a", b"b", "<|end|>", "<|call|>"} <= spellings
    assert all(networkx.has_path(graph, fsm.start, node) for node in graph)


def test_a_missing_networkx_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(MissingPackage, match="pip install networkx") as error:
        machine("a").to_networkx()
    assert error.value.package == "networkx"


@pytest.mark.parametrize("pattern", ["(a|b)*abb", "a", "(ab|a|b)*c?", "(a(b(c|a)*b)*)*", "a{1,5}|b{3}|c"])
def test_a_picture_shows_every_state_once_and_every_arrow_once(pattern):
    fsm = machine(pattern)
    root = ET.fromstring(fsm.to_svg())
    shapes = Counter(element.get("class") for element in root.iter())
    assert shapes["state"] == fsm.state_count - 1 and shapes["ring"] == int(fsm.accepting.sum())
    assert shapes["on"] + shapes["back"] == len(fsm.arrows()) + 1, "one more leads to the start"
    width, height = float(root.get("width")), float(root.get("height"))
    for circle in (element for element in root.iter() if element.tag.endswith("circle")):
        assert 15 <= float(circle.get("cx")) <= width - 15 and 15 <= float(circle.get("cy")) <= height - 15
    assert all(-5 <= y <= height for x, y in places(root))


def places(root: ET.Element) -> list[tuple[float, float]]:
    return [(float(element.get("x")), float(element.get("y"))) for element in root.iter() if element.tag.endswith("text")]


def test_no_two_labels_of_a_picture_meet():
    root = ET.fromstring(machine("(ab|a|b|c)(a|b){0,3}c|(bb|c)*a").to_svg())
    labels = [element for element in root.iter() if element.tag.endswith("text") and element.get("class") is None]
    boxes = [(float(label.get("x")), float(label.get("y")), 3.35 * len(label.text)) for label in labels]
    for (x, y, half), (other_x, other_y, other_half) in itertools.combinations(boxes, 2):
        assert abs(x - other_x) >= half + other_half or abs(y - other_y) >= 11


def test_a_picture_with_too_many_arrows_is_refused_and_names_are_escaped():
    with pytest.raises(LimitReached, match="arrows of a drawing"):
        machine("(a|b){1,30}").to_svg(limit=20)
    assert "&lt;|end|&gt;" in compile(language("symbols"), VOCABULARIES["few bytes"]).token_fsm().to_svg()


def test_items_of_a_layout_keep_their_room():
    arrows = dict.fromkeys([(1, 2), (1, 3), (2, 4), (3, 4), (4, 1), (1, 4), (2, 3)], (30.0, 20.0))
    layout = layered(dict.fromkeys(range(1, 5), (36.0, 36.0)), arrows, 1)
    items = {id(item): item for chain in layout.chains.values() for item in chain}.values()
    for one, other in itertools.combinations(items, 2):
        assert one.column != other.column or abs(one.y - other.y) >= (one.size[1] + other.size[1]) / 2 - 1e-6
    for (source, target), chain in layout.chains.items():
        assert chain[0] is layout.nodes[source] and chain[-1] is layout.nodes[target] and layout.labels[source, target] in chain[1:-1]
        assert (chain[0].column < chain[-1].column) == ((source, target) != (4, 1)), "the only arrow that closes a cycle goes back"


def test_labels_group_tokens():
    assert described([bytes([byte]) for byte in range(0x30, 0x3A)]) == "'0'-'9'"
    digits = [f"{n:02}".encode() for n in range(100)]
    assert described(digits, shown=2) == "'00'-'09', '10'-'19', +80 more"
    assert described([b"\xe6\x97", b"\xff", b"\xfe", b"\xfd", "é".encode()]) == "b'\\xfd'-b'\\xff', 'é', b'\\xe6\\x97'"
    assert described([b"a", b"c", b"a", b"x" * 9, "<|end|>"], shown=1) == "'a', +3 more", "two tokens of the same bytes"
