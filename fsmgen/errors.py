"""Every exception that fsmgen raises on purpose.

```
FsmgenError
├── InputError                   what the caller gave cannot be used
│   ├── SourceError              a text in a language of ours is wrong at a place (.source, .position, caret)
│   │   ├── InvalidPattern       not a pattern at all
│   │   ├── InvalidGrammar       not a grammar: its syntax, a rule that is missing, defined twice or generates nothing (.line)
│   │   ├── InvalidCondition     not a condition on figures, or one of a figure that there is none of
│   │   ├── InvalidTemplate      not a template: a brace, a hole without a constraint, a hole twice
│   │   └── UnsupportedFeature   well formed, but not representable exactly (.feature, .instead)
│   ├── SchemaError              a JSON Schema is wrong at a place (.pointer)
│   │   ├── InvalidSchema        not JSON, or a keyword's value is not what the keyword takes
│   │   ├── UnsupportedKeyword   valid, but not representable exactly (.keyword, .reason, .instead)
│   │   └── UnresolvedReference  a reference to nothing that was given (.reference, .reason)
│   ├── EmptyLanguage            no text satisfies the constraint
│   ├── InvalidOption            an argument has a value that it cannot have (.option, .given, .allowed)
│   ├── BudgetTooSmall           max_tokens is below the shortest answer (.shortest, .budget)
│   ├── InvalidPrompt            a template of a prompt or of an item is wrong, or asks for what there is not (.template, .reason)
│   ├── InvalidTask              a declared task or its data is wrong at a place (.task, .place, .reason)
│   ├── InvalidPreset            a declared preset, or what is asked of it, is wrong at a place (.preset, .place, .reason)
│   ├── CannotRun                a trial of a study could not be answered; nothing was run (.trial, .reason)
│   └── BrokenFile               a file is not what it should be, or was damaged (.path, .reason)
├── VocabularyError
│   ├── UnsupportedTokenizer     its tokens cannot be written as exact bytes (.component)
│   ├── OtherVocabulary          a file was made for another vocabulary (.path)
│   └── Unspellable              the vocabulary has no way to write any word of the language (.missing)
├── ModelError
│   ├── ModelNotFound            no checkpoint under that name (.name)
│   ├── TokenizerMissing         a checkpoint without a tokenizer (.name)
│   └── PromptTooLong            prompt and budget exceed the context (.prompt_tokens, .max_tokens, .context)
├── LimitReached                 a search or a table is at its limit (.what, .limit, .reached)
│   └── TableFull                the states of an automaton; matchers go on with new tables
├── ConditionMet                 figures are as a condition says that they must not be, or cannot be judged by it (.condition)
├── NoExpectation                these answers do not allow the estimate that was asked for (.quantity, .reason)
├── WorkerDied                   a process that was to answer for a model ended (.name, .code)
├── MissingPackage               an optional package is not installed (.package)
└── RecordsError                 evaluation files
    ├── OutputExists             a result is there already and is not overwritten (.path)
    ├── BrokenRecord             a line that is no record (.path, .line)
    ├── DiskFull                 records could not be written (.path, .reason)
    └── RunFailed                a model or a disk failed during a run; what was finished is kept (.folder, .done, .trials)
```

Facts are attributes; the message is built from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any


class FsmgenError(Exception):
    """Root of the tree: `except FsmgenError` catches what fsmgen raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle, which would call the class with the message alone."""
        return _pickled, (type(self), *self.args), self.__dict__


def _pickled(kind: type[FsmgenError], *args: Any) -> FsmgenError:
    """An error without its facts, which pickle sets."""
    return kind.__new__(kind, *args)


class InputError(FsmgenError, ValueError):
    """What the caller gave cannot be used."""


def _caret(source: str, position: int) -> str:
    """The line of `source` around `position`, cut to a screen's width, with a caret under the place."""
    start = source.rfind("\n", 0, position) + 1
    end = source.find("\n", position)
    line, column = source[start : end if end >= 0 else len(source)], position - start
    left = max(0, column - 50)
    shown = line[left : left + 100]
    return f"  {shown}\n  {' ' * (column - left)}^"


class SourceError(InputError):
    """A text in one of our input languages is wrong at a place.

    Attributes:
        source: the whole text.
        position: offset of the fault in characters.
    """

    def __init__(self, message: str, *, source: str, position: int) -> None:
        self.source, self.position = source, position
        super().__init__(f"{message} at position {position}\n{_caret(source, position)}")


class InvalidPattern(SourceError):
    """The text is not a pattern."""


class InvalidGrammar(SourceError):
    """The text is not a grammar, or a rule of it is missing, is defined twice or generates nothing.

    Attributes:
        line: the line of the fault, counted from 1.
    """

    def __init__(self, message: str, *, source: str, position: int) -> None:
        self.line = source.count("\n", 0, position) + 1
        super().__init__(f"line {self.line}: {message}", source=source, position=position)


class InvalidTemplate(SourceError):
    """The text is not a template, or a hole of it has no constraint."""


class InvalidCondition(SourceError):
    """The text is not a condition on figures."""


class UnsupportedFeature(SourceError):
    """The text is well formed, but its meaning cannot be kept exactly.

    Attributes:
        feature: name of the construct.
        instead: what to write, or empty.
    """

    def __init__(self, feature: str, *, source: str, position: int, instead: str = "") -> None:
        self.feature, self.instead = feature, instead
        super().__init__(f"unsupported: {feature}" + (f" ({instead})" if instead else ""), source=source, position=position)


class SchemaError(InputError):
    """A JSON Schema cannot be used.

    Attributes:
        pointer: JSON pointer (RFC 6901) of the fault, empty for the whole schema; after `URI#` in a document other than the schema.
        fault: what is wrong there.
    """

    def __init__(self, pointer: str, fault: str) -> None:
        self.pointer, self.fault = pointer, fault
        shown = pointer.encode(errors="backslashreplace").decode()
        shown = f"#{shown}" if pointer[:1] in ("", "/") else shown
        super().__init__(f"schema at {_shortened(shown, 400)}: {_shortened(fault, 2000)}")


def _shortened(text: str, limit: int) -> str:
    """The beginning and the end of a long text."""
    return text if len(text) <= limit else f"{text[: limit // 2]} ... {text[10 - limit // 2 :]}"


class InvalidSchema(SchemaError):
    """It is no JSON, no schema, or a keyword has a value that it cannot have."""


class UnsupportedKeyword(SchemaError):
    """A keyword is used in a way that cannot be kept exactly.

    Attributes:
        keyword: its name.
        reason: why.
        instead: what to write, or empty.
    """

    def __init__(self, pointer: str, keyword: str, *, reason: str, instead: str = "") -> None:
        self.keyword, self.reason, self.instead = keyword, reason, instead
        super().__init__(pointer, f"unsupported: {keyword}: {reason}" + (f" ({instead})" if instead else ""))


class UnresolvedReference(SchemaError):
    """A reference names nothing in the documents that were given.

    Attributes:
        reference: as it is written.
        reason: what is missing.
    """

    def __init__(self, pointer: str, reference: str, *, reason: str) -> None:
        self.reference, self.reason = reference, reason
        super().__init__(pointer, f"reference {reference!r} does not resolve: {reason}")


class EmptyLanguage(InputError):
    """No text at all satisfies the constraint.

    Attributes:
        where: the part of the source that has none and is needed, if that is known.
    """

    def __init__(self, source: str, *, reason: str = "", where: str = "") -> None:
        self.source, self.where = source, where
        super().__init__(f"no text satisfies {source}" + (f": {reason}" if reason else "") + (f" ({where})" if where else ""))


class InvalidOption(InputError):
    """An argument has a value that it cannot have."""

    def __init__(self, option: str, given: object, *, allowed: str) -> None:
        self.option, self.given, self.allowed = option, given, allowed
        super().__init__(f"{option} is {given!r}; it must be {allowed}")


class BudgetTooSmall(InputError):
    """`max_tokens` is below the shortest answer, the end-of-sequence token included."""

    def __init__(self, source: str, *, shortest: int, budget: int) -> None:
        self.source, self.shortest, self.budget = source, shortest, budget
        super().__init__(
            f"the shortest answer of {source} takes at least {shortest} tokens with its end-of-sequence token, and max_tokens is {budget}"
        )


class InvalidPrompt(InputError):
    """A template of a prompt or of an item is wrong, or asks for a value that there is not."""

    def __init__(self, template: str, *, reason: str) -> None:
        self.template, self.reason = template, reason
        super().__init__(f"template {_shortened(template, 80)!r}: {reason}")


class InvalidTask(InputError):
    """A declared task, or the data that it names, is wrong.

    Attributes:
        task: its file or name.
        place: a key as in `extraction.kind`, or a row of the data.
    """

    def __init__(self, task: str, *, place: str, reason: str) -> None:
        self.task, self.place, self.reason = task, place, reason
        super().__init__(f"task {task}, {place}: {reason}")


class InvalidPreset(InputError):
    """A preset, or what is asked of it, is wrong.

    Attributes:
        preset: its file or name.
        place: a key as in `study 1.arms`.
    """

    def __init__(self, preset: str, *, place: str, reason: str) -> None:
        self.preset, self.place, self.reason = preset, place, reason
        super().__init__(f"preset {preset}, {place}: {reason}")


class CannotRun(InputError):
    """A trial of a study could not be answered; nothing was run and nothing was written.

    Attributes:
        trial: in words: its arm, prompt, number of shots and item.
    """

    def __init__(self, trial: str, *, reason: str) -> None:
        self.trial, self.reason = trial, reason
        super().__init__(f"{reason} ({trial}); nothing was run")


class BrokenFile(InputError):
    """A file is not what it should be, or was damaged."""

    def __init__(self, path: Path, *, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} cannot be loaded: {reason}")


class VocabularyError(FsmgenError, ValueError):
    """A tokenizer or a vocabulary cannot be used."""


class UnsupportedTokenizer(VocabularyError):
    """The tokenizer's tokens cannot be written as exact bytes."""

    def __init__(self, component: str, *, reason: str) -> None:
        self.component, self.reason = component, reason
        super().__init__(f"tokenizer component {component} is not supported: {reason}")


class OtherVocabulary(VocabularyError):
    """A file was made for another vocabulary."""

    def __init__(self, path: Path, *, saved: str, given: str) -> None:
        self.path, self.saved, self.given = path, saved, given
        super().__init__(f"{path} was saved for the vocabulary {saved[:12]}..., and the one given is {given[:12]}...")


class Unspellable(VocabularyError):
    """The vocabulary has no way to write any word of the language.

    Attributes:
        missing: bytes that the language uses and that are no token of their own.
    """

    def __init__(self, source: str, *, missing: Iterable[int]) -> None:
        self.source, self.missing = source, bytes(sorted(missing))
        super().__init__(f"this vocabulary cannot spell any text of {source}; bytes without a token of their own: {self.missing!r}")


class ModelError(FsmgenError):
    """A model cannot be loaded or used."""


class ModelNotFound(ModelError):
    """There is no checkpoint under that name."""

    def __init__(self, name: str, *, reason: str) -> None:
        self.name = name
        super().__init__(f"no model {name!r}: {reason}")


class TokenizerMissing(ModelError):
    """The checkpoint has no fast tokenizer."""

    def __init__(self, name: str, *, reason: str) -> None:
        self.name = name
        super().__init__(f"model {name!r} has no usable tokenizer: {reason}")


class PromptTooLong(ModelError, ValueError):
    """Prompt and answer do not fit the model's context."""

    def __init__(self, *, prompt_tokens: int, max_tokens: int, context: int) -> None:
        self.prompt_tokens, self.max_tokens, self.context = prompt_tokens, max_tokens, context
        super().__init__(f"the prompt has {prompt_tokens} tokens and max_tokens is {max_tokens}; the model's context is {context}")


class LimitReached(FsmgenError):
    """A search or a table is at its limit; nothing was approximated.

    Attributes:
        where: the part of the source at which it was, if that is known.
    """

    def __init__(self, what: str, *, limit: int, reached: int, where: str = "") -> None:
        self.what, self.limit, self.reached, self.where = what, limit, reached, where
        super().__init__(f"limit reached: {what} needs {reached}, the limit is {limit}" + (f" ({where})" if where else ""))


class TableFull(LimitReached):
    """The tables of an automaton's states are as large as they may become."""


class ConditionMet(FsmgenError):
    """What `--fail-if` names is the case, or cannot be excluded."""

    def __init__(self, condition: str, *, where: str) -> None:
        self.condition = condition
        super().__init__(f"failed, as asked if {condition}: {where}")


class NoExpectation(FsmgenError):
    """An expectation was asked of answers that do not have it: greedy or cut-off ones, for instance.

    Attributes:
        quantity: what was asked for.
        reason: why these answers do not say it.
    """

    def __init__(self, quantity: str, reason: str) -> None:
        self.quantity, self.reason = quantity, reason
        super().__init__(f"no {quantity}: {reason}")


class MissingPackage(FsmgenError, ImportError):
    """An optional package is not installed."""

    def __init__(self, package: str, *, purpose: str) -> None:
        self.package = package
        super().__init__(f"{purpose} needs the package {package}: pip install {package}")


class WorkerDied(FsmgenError):
    """The process of a model ended before it was done.

    Attributes:
        name: of the model.
        code: its exit code, or the signal that ended it as a negative number.
    """

    def __init__(self, name: str, *, code: int | None) -> None:
        self.name, self.code = name, code
        ended = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
        super().__init__(f"the process of {name} {ended} before it was done; what was finished is kept, and the same command goes on")


class RecordsError(FsmgenError):
    """An evaluation file cannot be read or written."""


class OutputExists(RecordsError):
    """A result is there already; results are never overwritten unasked."""

    def __init__(self, path: Path, *, instead: str) -> None:
        self.path = path
        super().__init__(f"{path} exists and is not overwritten; {instead}")


class BrokenRecord(RecordsError):
    """A line of a records file is no record."""

    def __init__(self, path: Path, *, line: int, reason: str) -> None:
        self.path, self.line = path, line
        super().__init__(f"{path}, line {line}: {reason}")


class DiskFull(RecordsError):
    """Records could not be written; those before are as they were."""

    def __init__(self, path: Path, *, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} could not be written: {reason}")


class RunFailed(RecordsError):
    """A run ended early.

    Attributes:
        folder: of the study.
        done, trials: records that are there, and all that there will be.
    """

    def __init__(self, folder: Path, *, reason: str, done: int, trials: int) -> None:
        self.folder, self.done, self.trials = folder, done, trials
        kept = f"the records of {done} of {trials} trials are in {folder}; the same run into the same folder goes on from there"
        super().__init__(f"{reason}; {kept}")
