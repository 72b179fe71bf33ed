"""A constraint that was saved and loaded is the same constraint; anything else is refused with its reason."""

from __future__ import annotations

import hashlib
import io
import json
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsmgen
from fsmgen.automata import Call, Characters, Symbol, choice, repeat, sequence, text
from fsmgen.automata.expression import Escaped, Expression, Layered, Repeat, Table
from fsmgen.automata.portable import KINDS, packed, unpacked
from fsmgen.automata.quoted import Quoted, Signs, Unlisted
from fsmgen.constraint import Constraint, compile, load_constraint
from fsmgen.errors import BrokenFile, InputError, OtherVocabulary, OutputExists
from fsmgen.grammar import Grammar, Language
from fsmgen.tokens.bitmask import allowed_ids
from tests.languages import EXPRESSIONS, VOCABULARIES, language

VOCABULARY = VOCABULARIES["bytes and merges"]


def round_trip(constraint: Constraint, folder: Path) -> Constraint:
    path = folder / f"{random.random()}.constraint"
    constraint.save(path)
    return load_constraint(path, constraint.vocabulary)


def walked(constraint: Constraint, seed: int) -> list[tuple[int, ...]]:
    """The masks along a random walk."""
    generator, matcher, masks = random.Random(seed), constraint.matcher(), []
    while not matcher.finished and len(masks) < 12:
        masks.append(tuple(allowed_ids(constraint.row(matcher.state)).tolist()))
        matcher.advance(generator.choice(masks[-1]))
    return masks


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_loaded_constraint_has_the_same_masks(name, tmp_path):
    constraint = compile(language(name), VOCABULARY)
    loaded = round_trip(constraint, tmp_path)
    assert loaded.language == constraint.language
    assert [walked(loaded, seed) for seed in range(4)] == [walked(constraint, seed) for seed in range(4)]


def test_rules_that_call_each_other_and_leading_spaces_are_kept(tmp_path):
    rules = {"start": choice([sequence([text("("), Call("inner"), text(")")]), text("")]), "inner": Call("start")}
    made = Language(Grammar(rules), "brackets").with_leading_space("optional")
    loaded = round_trip(compile(made, VOCABULARY), tmp_path)
    assert loaded.language == made and loaded.matcher().advance_bytes(b" ((()))") and loaded.language.read(" ()") == "()"


@pytest.mark.parametrize(
    ("made", "answer", "value"),
    [
        (fsmgen.regex("[ab]", leading_space="required"), " a", "a"),
        (fsmgen.choice(["yes", "no"]), "no", "no"),
        (fsmgen.choice({"yes": True, "no": False, "perhaps": None, "1/2": 0.5, "7": 7}), "1/2", 0.5),
        (Language.of(EXPRESSIONS[r"\d{3}"], "integer", parse=fsmgen.frontends.numbers.read_integer), "0123", 123),
        (Language.of(text("2020-02-29"), "date", parse=date.fromisoformat), "2020-02-29", date(2020, 2, 29)),
    ],
)
def test_answers_are_read_as_before(made, answer, value, tmp_path):
    read = round_trip(compile(made, VOCABULARY), tmp_path).language.read(answer)
    assert read == value and type(read) is type(value)


PAIR = fsmgen.frontends.sequence("(", int, ", ", Decimal, ")")
ANSWERS: dict[str, list[tuple[Language, str]]] = {
    "after_marks": [(fsmgen.after_marks(fsmgen.integer()), "#### 42")],
    "answer_is": [(fsmgen.answer_is(fsmgen.choice({"yes": True, "no": None})), "The answer is no.")],
    "any_of": [(fsmgen.any_of(fsmgen.integer(), "none", fsmgen.decimal(decimals=1)), answer) for answer in ("7", "none", "7.5")],
    "boxed": [(fsmgen.boxed(fsmgen.fraction(latex=True), leading_space="optional"), r" \boxed{\frac{3}{4}}")],
    "choice": [(fsmgen.choice({"a": 1, "b": 2}), "b")],
    "complement": [(fsmgen.complement(fsmgen.regex("a*")), "b")],
    "currency": [(fsmgen.currency(negative=True), answer) for answer in ("$1,234.50", "-$5")],
    "decimal": [(fsmgen.decimal(0, 9), "7.25")],
    "difference": [(fsmgen.difference(fsmgen.integer(0, 99), fsmgen.regex("1.*")), "20")],
    "fraction": [(fsmgen.fraction(8, mixed=True), "-1 3/4")],
    "free_text": [(fsmgen.free_text(without="x", max_characters=5), "aé")],
    "free_until": [(fsmgen.free_until("\n#"), "abc\n#")],
    "gbnf": [(fsmgen.gbnf('root ::= "a" root "b" | "ab"'), "aabb")],
    "integer": [(fsmgen.integer(thousands="optional"), "-1,234")],
    "intersection": [(fsmgen.intersection(fsmgen.integer(), fsmgen.regex("..")), "-7")],
    "json_schema": [
        (fsmgen.json_schema({"properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}), '{"a": 1}'),
        (fsmgen.json_schema({"enum": [1.5, "é", None]}, whitespace="compact"), '"\\u00e9"'),
        (fsmgen.json_schema({"type": "array", "items": {"type": "boolean"}, "minItems": 1}, whitespace=fsmgen.Indent(2)), "[\n  true\n]"),
    ],
    "lark": [(fsmgen.lark('start: "a" start "b" | "ab"'), "aabb")],
    "iso_date": [(fsmgen.iso_date(), "2024-02-29")],
    "iso_datetime": [(fsmgen.iso_datetime(zone="utc"), "2024-02-29T01:02:03Z")],
    "iso_time": [(fsmgen.iso_time(), "01:02:03")],
    "number": [(fsmgen.number(), "1e5"), (fsmgen.number(0, 1), "0.5")],
    "of_type": [(fsmgen.of_type(int | UUID | None), answer) for answer in ("-3", "null", "12345678-1234-1234-1234-123456789abc")],
    "optional": [(fsmgen.optional(fsmgen.integer()), answer) for answer in ("", "5")],
    "percent": [(fsmgen.percent(), "12.5%"), (fsmgen.percent(fsmgen.integer(), value="ratio"), "12%")],
    "regex": [(fsmgen.regex("[ab]+", leading_space="required"), " ab")],
    "region": [(fsmgen.region("=", fsmgen.integer(), after="free"), "1 + 1=2."), (fsmgen.region("=", PAIR), "so=(1, 2.5)")],
    "repeat": [(fsmgen.repeat(PAIR, 1, 3, separator="; "), "(1, 2.0); (3, 4)"), (fsmgen.repeat(fsmgen.regex("a|b"), 2), "abba")],
    "scientific": [(fsmgen.scientific(), "-1.5e10")],
    "sequence": [(PAIR, "(-1, 2.50)"), (fsmgen.sequence(fsmgen.optional("about "), float), "2.5")],
    "special_token": [(fsmgen.special_token("<|end|>"), "<|end|>")],
    "template": [(fsmgen.template("{{{name}: {values}", name=fsmgen.regex("[a-z]+"), values=fsmgen.repeat(int, separator=",")), "{a: 1,2")],
    "with_unit": [(fsmgen.with_unit(["kg", "g"], fsmgen.integer()), "12 kg")],
    "wrapped": [(fsmgen.wrapped(fsmgen.percent(), "<", ">", leading_space="required"), " <5%>")],
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_every_front_end_is_saved_with_the_way_its_answers_are_read(name, tmp_path):
    for made, answer in ANSWERS[name]:
        loaded = round_trip(compile(made, VOCABULARY), tmp_path).language
        assert (loaded.grammar, loaded.source, loaded.leading_space) == (made.grammar.expanded(), made.source, made.leading_space)
        value, wanted = loaded.read(answer), made.read(answer)
        assert value == wanted and type(value) is type(wanted) and repr(value) == repr(wanted)


def test_a_new_front_end_wants_an_answer_here():
    others = {"lark_file", "grammar_named", "grammar_names"}  # what `lark` gives, and names
    assert {name for name in fsmgen.frontends.__all__ if name[0].islower()} - others == set(ANSWERS)


def test_a_part_whose_reader_a_file_cannot_name_is_refused_by_its_source(tmp_path):
    part = Language.of(text("a"), "mine", parse=lambda answer: answer)
    with pytest.raises(InputError, match="mine cannot be saved"):
        compile(fsmgen.boxed(fsmgen.any_of(part, "b")), VOCABULARY).save(tmp_path / "x")


@pytest.mark.parametrize("parse", [lambda answer: answer, {"a": object()}.__getitem__, len])
def test_a_reader_that_a_file_cannot_name_is_refused_and_nothing_is_written(parse, tmp_path):
    constraint = compile(Language.of(text("a"), "mine", parse=parse), VOCABULARY)
    with pytest.raises(InputError, match="mine cannot be saved"):
        constraint.save(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
    compile(replace(constraint.language, parse=str), VOCABULARY).save(tmp_path / "x")
    assert load_constraint(tmp_path / "x", VOCABULARY).language.read("a") == "a"


def test_a_file_is_not_overwritten_unasked(tmp_path):
    path, one, other = tmp_path / "x", compile(fsmgen.regex("a"), VOCABULARY), compile(fsmgen.regex("b"), VOCABULARY)
    one.save(path)
    with pytest.raises(OutputExists, match="not overwritten"):
        other.save(path)
    assert fsmgen.load_constraint(str(path), VOCABULARY).language == one.language
    other.save(path, overwrite=True)
    assert load_constraint(path, VOCABULARY).language == other.language and list(tmp_path.iterdir()) == [path]


def test_another_vocabulary_is_refused(tmp_path):
    compile(fsmgen.regex("a"), VOCABULARY).save(tmp_path / "x")
    with pytest.raises(OtherVocabulary, match="was saved for the vocabulary"):
        load_constraint(tmp_path / "x", VOCABULARIES["odd ids"])


@settings(max_examples=60)
@given(data=st.data())
def test_a_file_that_was_cut_or_changed_anywhere_is_refused(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "x"
    compile(fsmgen.choice({"yes": 1, "no": 0}), VOCABULARY).save(path)
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    path.write_bytes(data.draw(st.sampled_from([whole[:place], whole[:place] + bytes([byte]) + whole[place + 1 :], whole + b"\n"])))
    with pytest.raises(BrokenFile, match=r"no saved constraint|checksum|another version"):
        load_constraint(path, VOCABULARY)


def test_a_file_of_another_version_says_so(tmp_path):
    (tmp_path / "x").write_bytes(b"fsmgen constraint 99\n...")
    with pytest.raises(BrokenFile, match="another version"):
        load_constraint(tmp_path / "x", VOCABULARY)


OPENING = {"start": "start", "rules": {"nodes": [["Words", [{"bytes": "a"}]]], "roots": {"start": 0}}, "low": 0, "high": 2}
FORGED = [
    {"leading_space": "often"}, {"start": "elsewhere"}, {"start": ["a"]}, {"reader": "os.system"}, {"reader": {}}, {"reader": None},
    {"reader": {"kind": "open", "fields": ["/etc/passwd"]}}, {"reader": {"kind": "items", "fields": []}},
    {"reader": {"kind": "between", "fields": ["a", "b", "c"]}}, {"reader": {"kind": "before", "fields": [3]}},
    {"reader": {"kind": "first of", "fields": [[{"source": "x"}]]}}, {"reader": {"kind": "first of", "fields": [["text"]]}},
    {"rules": None},
    {"rules": {"nodes": [["Words", [{"bytes": "a"}]]], "roots": {"start": 1}}},
    {"rules": {"nodes": [["Sequence", [{"node": 0}]]], "roots": {"start": 0}}},
    {"rules": {"nodes": [["Words", ["a"]]], "roots": {"start": 0}}},
    {"rules": {"nodes": [["Words", [{"bytes": "€"}]]], "roots": {"start": 0}}},
    {"rules": {"nodes": [["Call", 3]], "roots": {"start": 0}}},
    {"rules": {"nodes": [["Words", [{"bytes": "a"}]], ["Repeat", {"node": 0}, True, None]], "roots": {"start": 1}}},
    {"rules": {"nodes": [["Unheard", 1]], "roots": {"start": 0}}},
    {"rules": {"nodes": [["Words"]], "roots": {"start": 0}}},
    {"rules": {"nodes": [["Characters", [[1, 2, 3]]]], "roots": {"start": 0}}},
    {"opening": None}, {"opening": {"start": "start", "low": 0, "high": 2}}, {"opening": OPENING | {"low": "1"}},
    {"opening": OPENING | {"high": 2.5}}, {"opening": OPENING | {"start": "other"}},
    {"opening": OPENING | {"low": -1}}, {"opening": OPENING | {"low": 3}},
]  # fmt: skip


@pytest.mark.parametrize("change", FORGED, ids=str)
def test_wrong_contents_with_a_right_checksum_are_refused_too(change, tmp_path):
    path = tmp_path / "x"
    compile(fsmgen.regex("a"), VOCABULARY).save(path)
    magic, _, body = path.read_bytes().split(b"\n", 2)
    body = json.dumps(json.loads(body) | change).encode()
    path.write_bytes(b"\n".join([magic, hashlib.sha256(body).hexdigest().encode(), body]))
    with pytest.raises(BrokenFile, match="contents are wrong"):
        load_constraint(path, VOCABULARY)


def test_what_is_no_json_is_refused_even_with_a_right_checksum(tmp_path):
    body = b"{"
    (tmp_path / "x").write_bytes(b"fsmgen constraint 1\n" + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    with pytest.raises(BrokenFile, match="no JSON"):
        load_constraint(tmp_path / "x", VOCABULARY)


def test_a_write_that_fails_leaves_no_file(tmp_path, monkeypatch):
    constraint = compile(fsmgen.regex("a"), VOCABULARY)
    monkeypatch.setattr(Path, "open", lambda path, mode: _Full(path))
    with pytest.raises(OSError, match="disk is full"):
        constraint.save(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


class _Full(io.BytesIO):
    """A file on a disk that is full."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.touch()

    def write(self, data: object) -> int:
        raise OSError(f"the disk is full: {data!r} was not written")


SIGNS = Signs(0x22, 0x5C, tuple(map(str, range(0x80))))


def test_every_kind_of_expression_can_be_packed_and_equal_parts_are_one_row():
    samples: dict[str, Expression] = {
        "Words": text(b"\x00\xff\""), "Characters": Characters(((0x61, 0x7A), (0xE9, 0x10FFFF))), "Symbol": Symbol("<|é|>"),
        "Call": Call("a b"), "Sequence": sequence([Symbol("a"), Symbol("b")]), "Choice": choice([text("a"), Symbol("a")]),
        "Repeat": repeat(Symbol("x"), 2, 5), "Table": Table(3, ((0, text("a"), 2), (2, Repeat(text("b"), 0, None), 1))),
        "Escaped": Escaped(3, 0x5C, ((0, 0x61, 0x61, "", 2), (2, 1, 0, "escape", 1)), ((0, Call("c"), 1),)),
        "Layered": Layered(2, (1,), ((0, 0x61, 0x7A, "", 1), (1, 0x61, 0x61, "x", 0)), 1, 40),
        "Quoted": Quoted(2, ((0, b"a", 1),), SIGNS, ((0, text("b"), 1),)), "Unlisted": Unlisted((b"a",), SIGNS, ((2, text("b"), 1),)),
    }  # fmt: skip
    assert unpacked(json.loads(json.dumps(packed(samples)))) == samples
    assert {"Look", "Atomic", "Lazy", "Signs"} | set(samples) == set(KINDS), "a new kind of expression wants a sample here"
    shared = sequence([choice([text("a"), Symbol("x")]), Symbol("y"), choice([text("a"), Symbol("x")])])
    assert len(packed({"one": shared, "two": shared})["nodes"]) == 5


@pytest.mark.parametrize(
    "part",
    [
        Table(2, ((0, text("a"), 2),)),
        Table(2, ((-1, text("a"), 1),)),
        Escaped(2, 0x5C, ((0, 0x61, 0x61, "", 2),)),
        Escaped(2, 0x5C, ((0, 0x61, 256, "", 1),)),
        Escaped(2, 0x5C, (), ((0, text("a"), 7),)),
        Layered(2, (2,), (), 0, 3),
        Layered(2, (1,), ((0, 0x61, 0x61, "", 1),), 4, 3),
        Layered(2, (1,), ((0, 0x61, 0x61, "", 5),), 0, 3),
        Quoted(2, ((0, b"a", 2),), SIGNS),
        Quoted(2, ((0, b"\xe9", 1),), SIGNS),
        Quoted(2, (), SIGNS, ((5, text("a"), 1),)),
        Unlisted((b"\xe9",), SIGNS, ()),
        Unlisted((b"a",), SIGNS, ((2, text("a"), 4),)),
    ],
)
def test_a_table_whose_moves_lead_out_of_it_is_refused(part):
    with pytest.raises(ValueError, match="a table"):
        unpacked(packed({"start": part}))


@pytest.mark.parametrize("signs", [Signs(0x22, 0x5C, ("a",)), Signs(200, 0x5C, SIGNS.rules), Signs(0x22, -1, SIGNS.rules)])
def test_letters_that_are_not_those_of_ascii_are_refused(signs):
    with pytest.raises(ValueError, match="ASCII"):
        unpacked(packed({"start": Quoted(2, ((0, b"a", 1),), signs)}))


def test_depth_and_size_do_not_matter():
    deep: Expression = text("a")
    for _ in range(5000):
        deep = Repeat(deep, 0, None)
    data = packed({"start": deep})
    assert packed(unpacked(data)) == data
