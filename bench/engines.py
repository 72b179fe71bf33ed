"""One face for four engines, each used in its best form, with the bytes of one vocabulary.

    compiled = engine.compile(source)        what is timed as compilation, the first matcher included
    sequence = compiled.start()              a new sequence on the same compiled object
    sequence.fill()                          writes sequence.row, a preallocated uint32[ceil(V / 32)]
    sequence.advance(token)

A source is a pattern, a grammar, or a JSON schema with any white space between its parts; `fsmgen-free` takes properties in any order, and
`xgrammar-defaults` reads schemas with xgrammar's own defaults instead of those that comply with the standard.

`fill` and `advance` are the engine's own functions bound to their arguments, so a timed call has no wrapper in Python around it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import fsmgen
from bench.vocabularies import Loaded
from fsmgen.frontends.named import named_grammars
from fsmgen.grammar import Grammar, Language
from fsmgen.tokens.bitmask import new_rows

ENGINES = ("fsmgen", "llguidance", "xgrammar", "outlines-core")
NOTATIONS = {"fsmgen": ("gbnf", "lark"), "llguidance": ("lark",), "xgrammar": ("gbnf",)}
"""Of grammars, by engine."""
BUILTIN_JSON = "JSON"
"""Instead of a grammar for xgrammar: the one for JSON that it brings along."""
SCHEMA_ENGINES = (*ENGINES, "fsmgen-free", "xgrammar-defaults")

_COMPLIANT = {"any_whitespace": True, "strict_mode": False}
_WHITE_SPACE = r"[ \t\n\r]*"


@dataclass(frozen=True, slots=True)
class Source:
    """One language in each notation: a pattern or a schema, which all engines read, or a grammar in the forms of those that take one.

    Attributes:
        named: a grammar that ships with fsmgen, which is read from its text each time.
    """

    pattern: str = ""
    schema: Any = None
    grammar: Grammar | None = None
    named: str = ""
    lark: str = ""
    gbnf: str = ""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One sequence's place: two functions and the row that the first one writes."""

    fill: Callable[[], Any]
    advance: Callable[[int], Any]
    row: NDArray[np.uint32]


class Compiled(Protocol):
    """A compiled language."""

    def start(self) -> Sequence:
        """A sequence at its beginning."""

    def forced(self) -> bytes:
        """Text that the engine holds for the only way on from where the last sequence is; empty if it does not narrow masks to it."""


class Engine(Protocol):
    """An engine with its vocabulary loaded."""

    version: str

    def compile(self, source: Source) -> Compiled:
        """Compile; whatever the engine raises is passed on."""


class Refused(Exception):
    """The engine reports an error in its own way."""


class Fsmgen:
    """This package."""

    version = fsmgen.__version__

    def __init__(self, loaded: Loaded, *, order: str = "schema") -> None:
        self._vocabulary = loaded.vocabulary
        self._order = order
        self._row = _row(loaded)
        self._named = {grammar.name: grammar for grammar in named_grammars()}

    def compile(self, source: Source) -> _FsmgenCompiled:
        return _FsmgenCompiled(fsmgen.compile(self._language(source), self._vocabulary), self._row)

    def _language(self, source: Source) -> Language:
        if source.schema is not None:
            return fsmgen.json_schema(source.schema, order=self._order, whitespace="flexible", format="assert")
        if source.named:
            return self._named[source.named].language()
        if source.gbnf:
            return fsmgen.gbnf(source.gbnf)
        if source.lark:
            return fsmgen.lark(source.lark, lexer="basic")
        return fsmgen.regex(source.pattern) if source.grammar is None else Language(source.grammar, "bench")


@dataclass(frozen=True, slots=True)
class _FsmgenCompiled:
    constraint: fsmgen.Constraint
    row: NDArray[np.uint32]

    def start(self) -> Sequence:
        matcher = self.constraint.matcher()
        return Sequence(partial(matcher.write_mask, self.row), matcher.advance, self.row)

    def forced(self) -> bytes:
        return b""


class _Wrapped:
    """What llguidance asks of a tokenizer: bytes by id, and an encoder for text that is forced."""

    bos_token_id = None

    def __init__(self, loaded: Loaded) -> None:
        vocabulary = loaded.vocabulary
        self.eos_token_id = vocabulary.eos_ids[0]
        self.tokens = [vocabulary.token_bytes(token) for token in range(vocabulary.size)]
        self.special_token_ids = sorted(vocabulary.special_ids.values())
        for name, token in vocabulary.special_ids.items():
            self.tokens[token] = name.encode()
        self._encode = loaded.encode

    def __call__(self, text: str) -> list[int]:
        return self._encode(text) if text else []


class Llguidance:
    """llguidance's LLMatcher with its default slices; the mask is written through a pointer, as its numpy helper does."""

    def __init__(self, loaded: Loaded) -> None:
        import llguidance

        self.version = version("llguidance")
        self._tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(_Wrapped(loaded)), n_vocab=loaded.vocabulary.size)
        self._matcher = llguidance.LLMatcher
        self._row = _row(loaded)

    def compile(self, source: Source) -> _LlguidanceCompiled:
        make = self._matcher
        if source.schema is not None:
            text = make.grammar_from_json_schema(source.schema)
        else:
            text = make.grammar_from_lark(source.lark) if source.lark else make.grammar_from_regex(source.pattern)
        matcher = make(self._tokenizer, text, log_level=0)
        if matcher.is_error():
            raise Refused(matcher.get_error())
        return _LlguidanceCompiled(matcher, self._row)


@dataclass(frozen=True, slots=True)
class _LlguidanceCompiled:
    matcher: Any
    row: NDArray[np.uint32]

    def start(self) -> Sequence:
        self.matcher.reset()
        fill = partial(self.matcher.unsafe_compute_mask_ptr, self.row.ctypes.data, self.row.nbytes)
        return Sequence(fill, self.matcher.consume_token, self.row)

    def forced(self) -> bytes:
        return bytes(self.matcher.compute_ff_bytes())


class Xgrammar:
    """xgrammar's compiler without its cache, on one thread, over a raw vocabulary; special ids are empty, and so never allowed."""

    def __init__(self, loaded: Loaded, *, schema_options: Mapping[str, Any] = _COMPLIANT) -> None:
        import torch
        import xgrammar

        torch.set_num_threads(1)
        self.version = version("xgrammar")
        vocabulary = loaded.vocabulary
        tokens = [vocabulary.token_bytes(token) for token in range(vocabulary.size)]
        information = xgrammar.TokenizerInfo(
            tokens, xgrammar.VocabType.RAW, vocab_size=vocabulary.size, stop_token_ids=list(vocabulary.eos_ids)
        )
        self._compiler = xgrammar.GrammarCompiler(information, max_threads=1, cache_enabled=False)
        self._matcher = xgrammar.GrammarMatcher
        self._bits = xgrammar.allocate_token_bitmask(1, vocabulary.size)
        self._schema_options = schema_options

    def compile(self, source: Source) -> _XgrammarCompiled:
        compiler = self._compiler
        if source.schema is not None:
            compiled = compiler.compile_json_schema(json.dumps(source.schema), **self._schema_options)
        elif source.gbnf == BUILTIN_JSON:
            compiled = compiler.compile_builtin_json_grammar()
        else:
            compiled = compiler.compile_grammar(source.gbnf) if source.gbnf else compiler.compile_regex(source.pattern)
        return _XgrammarCompiled(partial(self._matcher, compiled), self._bits)


@dataclass(frozen=True, slots=True)
class _XgrammarCompiled:
    matcher: Callable[[], Any]
    bits: Any

    def start(self) -> Sequence:
        matcher = self.matcher()
        return Sequence(partial(matcher.fill_next_token_bitmask, self.bits), matcher.accept_token, self.bits.numpy()[0].view(np.uint32))

    def forced(self) -> bytes:
        return b""


class OutlinesCore:
    """outlines-core's Index and Guide; it has no grammars."""

    def __init__(self, loaded: Loaded) -> None:
        import outlines_core
        from outlines_core.json_schema import build_regex_from_schema

        self.version = version("outlines-core")
        self._pattern_of = build_regex_from_schema
        vocabulary = loaded.vocabulary
        ids: dict[bytes, list[int]] = {}
        for token in filter(vocabulary.is_text, range(vocabulary.size)):
            ids.setdefault(vocabulary.token_bytes(token), []).append(token)
        self._vocabulary = outlines_core.Vocabulary(vocabulary.eos_ids[0], ids)
        self._index, self._guide = outlines_core.Index, outlines_core.Guide
        self._row = _row(loaded)

    def compile(self, source: Source) -> _OutlinesCompiled:
        if source.grammar is not None or source.named:
            raise Refused("no grammars")
        pattern = source.pattern
        if source.schema is not None:
            pattern = self._pattern_of(json.dumps(source.schema), _WHITE_SPACE)
        index = self._index(pattern, self._vocabulary)
        return _OutlinesCompiled(partial(self._guide, index), self._row)


@dataclass(frozen=True, slots=True)
class _OutlinesCompiled:
    guide: Callable[[], Any]
    row: NDArray[np.uint32]

    def start(self) -> Sequence:
        guide = self.guide()
        fill = partial(guide.write_mask_into, self.row.ctypes.data, self.row.size, self.row.itemsize)
        return Sequence(fill, partial(guide.advance, return_tokens=False), self.row)

    def forced(self) -> bytes:
        return b""


def load(name: str, loaded: Loaded) -> Engine:
    """The engine of that name, one of SCHEMA_ENGINES, with its vocabulary."""
    kinds: dict[str, Callable[[Loaded], Engine]] = {
        "fsmgen": Fsmgen, "llguidance": Llguidance, "xgrammar": Xgrammar, "outlines-core": OutlinesCore,
        "fsmgen-free": partial(Fsmgen, order="free"), "xgrammar-defaults": partial(Xgrammar, schema_options={}),
    }  # fmt: skip
    return kinds[name](loaded)


def _row(loaded: Loaded) -> NDArray[np.uint32]:
    row: NDArray[np.uint32] = new_rows(1, loaded.vocabulary.size)[0]
    return row
