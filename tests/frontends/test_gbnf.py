"""GBNF: what a grammar derives, by spans over its own syntax tree; JSON by Python's reader; errors with their places."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsmgen
from fsmgen.automata import Symbol
from fsmgen.automata.words import random_word
from fsmgen.errors import InputError, InvalidGrammar, LimitReached, UnsupportedFeature
from fsmgen.frontends import gbnf


def checker(source: str):
    language = gbnf(source)
    automaton = language.grammar.automaton(language.source)
    return lambda text: automaton.accepting(automaton.run(automaton.start, text.encode()))


JSON = r"""
# Any JSON value, with white space wherever JSON has it.
root ::= gap value gap

value ::= object | array | string
        | number            # an alternative may begin its own line
        | "true" | "false" | "null"

object ::=
  "{" gap (
    member ( gap "," gap member )*   # members
    gap
  )? "}"
member ::= string gap ":" gap value
array ::= "[" gap (value (gap "," gap value)* gap)? "]"

string ::= "\"" ( [^"\\\x00-\x1F] | "\\" ( ["\\/bfnrt] | "u" hex{4} ) )* "\""
hex ::= [0-9a-fA-F]
number ::= "-"? ( "0" | [1-9] [0-9]* ) ( "." [0-9]+ )? ( [eE] [-+]? [0-9]+ )?
gap ::= [ \t\n\r]*
"""
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
is_json = checker(JSON)


@given(values, st.booleans(), st.sampled_from([None, 1]), st.data())
@settings(max_examples=200)
def test_a_grammar_of_json_accepts_what_python_reads(value, ascii_only, indent, data):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    text = text.encode("utf-8", "replace").decode()
    assert is_json(text)
    at = data.draw(st.integers(0, len(text)))
    changed = text[:at] + data.draw(st.sampled_from(["", *'"{}[],:01.e-\\ \t\x01u'])) + text[at + data.draw(st.integers(0, 1)) :]
    assert is_json(changed) == python_reads(changed)


def python_reads(text: str) -> bool:
    def refuse(name):
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


SAMPLES = {
    "arithmetic": (
        'root ::= (expr "=" ws term "\\n")+\nexpr ::= term ([-+*/] ws term)*\nterm ::= ident | num | "(" ws expr ")" ws\n'
        "ident ::= [a-z] [a-z0-9_]* ws\nnum ::= [0-9]+ ws\nws ::= [ \\t\\n]*\n",
        ["x+1=2\n", "(x1 + 2) * 3 = y\n", "1=1\n2=2\n"],
        ["x+=2\n", "1=1", "(1=2\n", ""],
    ),
    "left recursion": ('root ::= sum\nsum ::= sum "+" product | product\nproduct ::= product "*" [0-9] | [0-9]\n', ["1+2*3"], ["1+", "+1"]),
    "list": ('root ::= ("- " item)+\nitem ::= [^\\n]+ "\\n"', ["- a\n", "- a\n- \u00e9t\u00e9\n"], ["- \n", "- a", "a\n"]),
    "chess": (
        'root ::= (\n    "1. " move " " move "\\n"   # white and black\n\n    ([1-9] [0-9]? ". " move " " move "\\n")+\n)\n'
        'move ::= (pawn | piece | "O-O" "-O"?) [+#]?\npawn ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBRQ])?\n'
        'piece ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]\n',
        ["1. e4 e5\n2. Nf3 O-O\n", "1. d4 exd5\n12. Qxf7# O-O-O+\n"],
        ["1. e4 e5\n", "1. e9 e5\n2. a1 a2\n"],
    ),
    "kana": (
        "root ::= kana+ ([ \\u3000] kana+)*\nkana ::= [\u3041-\u309f] | [\\u30A1-\\u30FF]",
        ["\u304b\u306a", "\u304b \u30ab\u3000\u304b"],
        ["x", ""],
    ),
    "names with - and _": ('root ::= check-mate Rule_2\ncheck-mate ::= "#"\nRule_2 ::= "2"', ["#2"], ["#"]),
    "escapes": (r'root ::= "\"\\\n\r\t\[\]\x41\u00e9\U0001F600" [\]\\\x61-] [^\n"] .', ['"\\\n\r\t[]A\u00e9\U0001f600]b\n'], ['"']),
    "empty alternatives": ('root ::= | "a" ( | "b")\n', ["", "a", "ab"], ["b"]),
    "counts": ('root ::= "a"{2} "b"{1,} "c"{0,2} "d"{ 1 , 2 }', ["aabd", "aabbbccdd"], ["abd", "aacd", "aabcccd", "aabddd"]),
    "repeats of repeats": ('root ::= "a"{2}{2} ("b"+)? "c" *', ["aaaa", "aaaabbcc"], ["aaa", "aaaaa"]),
    "windows line ends": ('root ::= a b\r\na ::= "a" # x\r\nb ::= "b"\r\n', ["ab"], ["a"]),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_accept_and_reject(name):
    source, accepted, rejected = SAMPLES[name]
    has = checker(source)
    assert [text for text in accepted if not has(text)] == [] and [text for text in rejected if has(text)] == []


# Random grammars: a tree is a tuple of its kind and its parts.

LETTERS = "ab]"


def random_tree(generator: random.Random, depth: int, names: list[str]):
    kind = generator.choice(["text", "class", "rule", *(["sequence", "choice", "repeat", "repeat"] if depth else [])])
    if kind == "text":
        return kind, "".join(generator.choices(LETTERS, k=generator.randint(0, 2)))
    if kind == "class":
        return kind, frozenset(generator.sample(LETTERS, generator.randint(1, 2))), generator.random() < 0.3
    if kind == "rule":
        return kind, generator.choice(names)
    if kind == "repeat":
        low = generator.randint(0, 2)
        return kind, random_tree(generator, depth - 1, names), low, generator.choice([None, low, low + 1])
    return kind, *(random_tree(generator, depth - 1, names) for _ in range(generator.randint(1, 3)))


def written(tree, generator: random.Random) -> str:
    """The tree in GBNF, in one of the ways to write it."""
    blank = lambda: generator.choice([" ", "  ", "\t", " \n ", " # a comment ( \" [\n"])  # noqa: E731  # only inside parentheses
    match tree:
        case ("text", text):
            return '"' + "".join(generator.choice([c, f"\\x{ord(c):02x}", f"\\u{ord(c):04X}"]) for c in text) + '"'
        case ("class", letters, inverse):
            shown = [r"\]" if letter == "]" else generator.choice([letter, f"{letter}-{letter}"]) for letter in sorted(letters)]
            return f"[{'^' * inverse}{''.join(shown)}]"
        case ("rule", name):
            return name
        case ("repeat", inner, low, high):
            signs = {(0, None): "*", (1, None): "+", (0, 1): "?"}
            count = f"{{{low},}}" if high is None else f"{{{low}}}" if low == high else f"{{{low},{high}}}"
            return f"({written(inner, generator)}){generator.choice([count, signs.get((low, high), count)])}"
        case ("sequence", *parts):
            return f"({blank()}{blank().join(written(part, generator) for part in parts)}{blank()})"
        case (_, *parts):
            return f"({f'{blank()}|{blank()}'.join(written(part, generator) for part in parts)})"


def spans(tree, word: str, known) -> frozenset[tuple[int, int]]:
    """Where the tree derives a part of the word, if the rules derive what is known."""
    places = range(len(word) + 1)
    match tree:
        case ("text", text):
            return frozenset((i, i + len(text)) for i in places if word[i : i + len(text)] == text)
        case ("class", letters, inverse):
            return frozenset((i, i + 1) for i, letter in enumerate(word) if (letter in letters) != inverse)
        case ("rule", name):
            return known[name]
        case ("choice", *parts):
            return frozenset().union(*(spans(part, word, known) for part in parts))
        case ("sequence", *parts):
            result = frozenset((i, i) for i in places)
            for part in parts:
                result = joined(result, spans(part, word, known))
            return result
        case ("repeat", inner, low, high):
            once, power, result = spans(inner, word, known), frozenset((i, i) for i in places), set()
            for count in range((low + len(word) + 1 if high is None else high) + 1):
                result |= power if count >= low else set()
                power = joined(power, once)
            return frozenset(result)
    raise TypeError(tree)


def joined(left, right):
    return frozenset((a, d) for a, b in left for c, d in right if b == c)


def ends(tree, known) -> bool:
    """Whether the tree derives some text, if the known rules do."""
    match tree:
        case ("rule", name):
            return name in known
        case ("sequence", *parts):
            return all(ends(part, known) for part in parts)
        case ("choice", *parts):
            return any(ends(part, known) for part in parts)
        case ("repeat", inner, low, _):
            return low == 0 or ends(inner, known)
    return True


def ending(rules) -> set[str]:
    """The rules that derive some text."""
    known: set[str] = set()
    while (more := {name for name, tree in rules.items() if ends(tree, known)}) != known:
        known = more
    return known


def derives(rules, word: str) -> bool:
    known = dict.fromkeys(rules, frozenset())
    while (more := {name: spans(tree, word, known) for name, tree in rules.items()}) != known:
        known = more
    return (0, len(word)) in known["root"]


@pytest.mark.parametrize("seed", range(60))
def test_random_grammars_derive_what_their_trees_say(seed):
    generator = random.Random(seed)
    names = ["root", "x", "y-1"]
    rules = {name: random_tree(generator, 3, names) for name in names}
    source = "\n".join(f"{name} ::= {written(tree, generator)} # end" for name, tree in rules.items())
    words = ["".join(word) for n in range(5) for word in itertools.product(LETTERS, repeat=n)]
    if ending(rules) < set(names):
        with pytest.raises(InvalidGrammar, match="derives no text"):
            gbnf(source)
    else:
        has = checker(source)
        assert [word for word in words if has(word)] == [word for word in words if derives(rules, word)]


@pytest.mark.parametrize("seed", range(10))
def test_random_words_of_a_grammar_are_in_it(seed):
    language = gbnf(JSON)
    word = bytes(random_word(language.grammar.automaton(""), random.Random(seed), typical=60)).decode()
    assert python_reads(word) and language.read(word) == word


def test_a_character_class_is_one_of_characters_and_not_of_bytes():
    has = checker("root ::= [^a] [\u00e0-\u00ff] .")
    assert has("\u00e9\u00e9\n") and has("\U0001f600\u00ff\u3042") and not has("a\u00e9x") and not has("\u00e9ax")


def test_a_token_in_angle_brackets_is_a_special_token():
    grammar = gbnf('root ::= <think> [^<]* </think> "ok"').grammar
    assert [part for part in grammar.rules["root"].parts if isinstance(part, Symbol)] == [Symbol("<think>"), Symbol("</think>")]


WRONG = [
    ('root ::= "a" itm\nitem ::= "b"', r"line 1: there is no rule 'itm'; did you mean 'item'\?", 13),
    ('rot ::= "a"', "there is no rule 'root', where a text begins; the rules are: rot", 0),
    ("", "there is no rule 'root'.*: none", 0),
    ('root ::= ("a"\nb ::= "c"', "line 2: a rule cannot begin inside another one", 14),
    ('root ::= ("a"', "this parenthesis is not closed", 9),
    ('root ::= "a)\n', "the '\"' here is not closed", 9),
    ("root ::= [a", r"the '\[' here is not closed", 9),
    ("root ::= []", "a class of no characters", 9),
    ("root ::= [^]", "a class of no characters", 9),
    ("root ::= [^\\x00-\\U0010FFFF]", "a class of no characters", 9),
    ("root ::= [z-a]", "the range 'z-a' ends before its beginning", 10),
    ('root ::= "\\q"', "the escapes are", 10),
    ('root ::= "\\uD800"', "is no character", 10),
    ('root ::= "\\U00110000"', "is no character", 10),
    ('root ::= "\ud800"', "is no character", 10),
    ('root ::= "a"{3,2}', r"the repeat \{3,2\} ends below", 12),
    ('root ::= "a"{}', "a repeat is", 12),
    ('root ::= "a"{1 2}', "a repeat is", 12),
    ("root ::= * x", r"'\*' does not belong here", 9),
    ('root ::= "a")', r"'\)' does not belong here", 12),
    ('root ::= "a"\nroot ::= "b"', "line 2: the rule 'root' is defined twice, first in line 1", 13),
    ('root = "a"', "'::=' is wanted after the name 'root'", 4),
    ('root ::= "a"\n  "b"', "line 2: a rule's name is wanted", 15),
    ("root ::= < a>", "'<' does not begin the name of a token", 9),
    ('root ::= x | "b"\nx ::= x "a" | y\ny ::= x', "line 2: the rule 'x' derives no text", 17),
]


@pytest.mark.parametrize(("source", "message", "position"), WRONG, ids=[repr(source) for source, _, _ in WRONG])
def test_a_wrong_grammar_is_refused_with_its_line_and_place(source, message, position):
    with pytest.raises(InvalidGrammar, match=message) as caught:
        gbnf(source)
    assert caught.value.position == position and caught.value.line == source[:position].count("\n") + 1


def test_what_no_text_has_is_refused_by_name():
    with pytest.raises(UnsupportedFeature, match="a token by its id"):
        gbnf("root ::= <[1000]>")
    with pytest.raises(UnsupportedFeature, match="any token but one"):
        gbnf("root ::= !</think>*")
    with pytest.raises(InputError, match="is int"):
        gbnf(5)


def test_limits_are_said():
    for source in (f"root ::= {'(' * 300}", 'root ::= "a"{1000000}', "#" * 3_000_000):
        with pytest.raises(LimitReached):
            gbnf(source)
    assert checker(f'root ::= {"(" * 199}"a"{")?" * 199}')("a")


def test_a_long_grammar_loads():
    rules = [f'r{i} ::= "{i}" r{i + 1} | "{i};"' for i in range(3000)]
    has = checker("root ::= r0\n" + "\n".join(rules) + '\nr3000 ::= "."')
    assert has("012;") and not has("013;") and has("".join(map(str, range(3000))) + ".")


@given(st.text(string.printable, max_size=30))
def test_any_other_text_is_a_grammar_or_an_input_error(text):
    with contextlib.suppress(InputError, LimitReached):
        assert gbnf(text).grammar.start == "root"


@given(st.integers(0, len(JSON) - 1), st.sampled_from(['"', "(", ")", "[", "]", "|", "\\", "{", "\n", "x", "::=", ""]))
def test_a_changed_grammar_is_a_grammar_or_an_input_error(at, change):
    with contextlib.suppress(InvalidGrammar, UnsupportedFeature):
        assert gbnf(JSON[:at] + change + JSON[at + 1 :]).grammar.start == "root"


def test_a_model_writes_by_a_grammar():
    model = fsmgen.load_model("embedded:stories")
    prompt = "Question: One box holds 9 pillows. How many pillows do 7 boxes hold?\nAnswer:"
    form = gbnf('root ::= " Take " [a-z0-9 :*=]{1,40} ".\\n" last\nlast ::= "Answer: " [1-9] [0-9]{0,2}')
    [answer] = fsmgen.generate(model, [prompt], form, max_tokens=60)
    assert re.fullmatch(r" Take [a-z0-9 :*=]{1,40}\.\nAnswer: [1-9][0-9]{0,2}", answer.text)
