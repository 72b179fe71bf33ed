"""lark itself, asked whether it parses a text; and small grammars at random."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence

import lark.lexer
from lark import Lark
from lark.exceptions import GrammarError, LexError, UnexpectedInput

from fsmgen.errors import EmptyLanguage, InvalidGrammar
from fsmgen.frontends.lark import lark as ours

lark.lexer.has_interegular = False  # lark would look for collisions with it, slowly, to log them
Decides = Callable[[str], bool]
PATTERNS = [
    "/a|ab/", "/a+?/", "/a+/", "/ab|a/", "/b+/", "/ba?/", "/[ab]+/", "/a(?!b)/", "/a(?=b)|b/", "/(a|ab)(b|aa)?/", "/a??b/", "/(?>a|ab)b?/",
    "/a*b/", "/b(ab)*?a/", "/a(b(?=b))?/", "/(a|b(?!a))+/", "/a+$/", "/b(?<=b)a|b/", "/ab?/i", "/(ab)+/", "/aa|aab|b/", r"/a\b|b/", "/./",
    "/a{2,3}/", "/(?:a|b){2}?/", "/b+(?=a)/", "/[ab]+?b/",
]  # fmt: skip
LOOKING_BACK = [
    r"/\ba/", r"/\b[ab]+\b/", r"/\Ba/", "/^a/", "/(?m:^)b/", "/(?<=b)a/", "/(?<!b)a+/", "/(?<=ab)[ab]/", "/(?<!ab)b/", "/(?<=a b)a|b/",
    "/a|(?<=aa)b/", "/(?<!^)b/", "/(?<=^a)b/", r"/\Aa|b/", "/(?<=a)a|(?<=b)b|b/", "/(?<![ab])[ab]+?(?![ab])/", "/(?<=(?<!b)a)b/",
]  # fmt: skip
STRINGS = ['"a"', '"b"', '"ab"', '"ba"', '"aa"', '"A"i', '"a".."b"']


def options_of(lexer: str) -> dict[str, str]:
    """lark's options for one of our modes."""
    if lexer == "dynamic":
        return {"parser": "earley", "lexer": "dynamic", "ambiguity": "forest"}
    return {"parser": "lalr", "lexer": lexer}


def decides_of_lark(grammar: str, lexer: str, **options: object) -> Decides:
    """Whether lark parses a text."""
    return decides_with(Lark(grammar, **options_of(lexer), **options))


def decides_with(parser: Lark) -> Decides:
    """Whether a parser parses a text. Its RuntimeError is about two ways to end of a text that it has parsed."""

    def decides(text: str) -> bool:
        try:
            parser.parse(text)
        except UnexpectedInput:
            return False
        except RuntimeError as error:
            return "multiple start symbol items" in str(error)
        return True

    return decides


def decides_of_ours(grammar: str, lexer: str, **options: object) -> Decides:
    """Whether a text is a word of our language."""
    try:
        language = ours(grammar, lexer=lexer, **options)
        states = language.grammar.automaton(language.source)
    except EmptyLanguage:
        return lambda text: False
    return lambda text: states.accepting(states.run(states.start, text.encode()))


def texts(alphabet: str, longest: int) -> Iterable[str]:
    """All texts up to a length."""
    return ("".join(letters) for length in range(longest + 1) for letters in itertools.product(alphabet, repeat=length))


def disagreements(grammar: str, lexer: str, tried: Iterable[str]) -> list[str]:
    """The texts that the two decide otherwise."""
    theirs, own = decides_of_lark(grammar, lexer), decides_of_ours(grammar, lexer)
    return [text for text in tried if theirs(text) != own(text)]


def random_grammar(seed: int, patterns: Sequence[str] = PATTERNS) -> str:
    """A few rules over a few terminals that overlap, often with something ignored."""
    choose = random.Random(seed)
    rules = ["start", "x", "y"][: choose.choice([1, 2, 2, 3])]
    terminals = ["A", "B", "C"][: choose.choice([1, 2, 3])]
    lines = [f"{rule}: {_body(choose, rules, terminals, choose.choice([1, 2, 3]))}" for rule in rules]
    for terminal in terminals:
        priority = choose.choice(["", "", "", ".2", ".-1"])
        lines.append(f"{terminal}{priority}: {choose.choice(patterns if choose.random() < 0.75 else STRINGS)}")
    if choose.random() < 0.5:
        lines.append("%ignore " + choose.choice(['" "', "/ +/", "/ b?/", "/a/", "A", "/b+/", terminals[-1]]))
    return "\n".join(lines) + "\n"


def _body(choose: random.Random, rules: list[str], terminals: list[str], depth: int) -> str:
    kind = choose.random()
    if depth == 0 or kind < 0.15:
        return choose.choice([*terminals, *terminals, *rules, *STRINGS[:3]])
    parts = [_body(choose, rules, terminals, depth - 1) for _ in range(choose.choice([1, 2, 2, 3]))]
    if kind < 0.5:
        return " ".join(parts)
    if kind < 0.7:
        return f"({' | '.join(dict.fromkeys(parts))})"
    return f"({parts[0]}){choose.choice(['*', '+', '?', '~2', '~1..2'])}" if kind < 0.93 else f"[{parts[0]}]"


def loads(grammar: str, lexer: str) -> bool:
    """Whether lark reads the grammar; its errors are about rules that are there twice, conflicts, and terminals without width.

    Grammars with a rule that derives nothing, which lark reads and we refuse, are left out.
    """
    try:
        decides_of_lark(grammar, lexer)
        decides_of_ours(grammar, "scannerless")
    except (GrammarError, LexError):
        return False
    except InvalidGrammar as error:
        return "derives no text" not in str(error)
    return True
