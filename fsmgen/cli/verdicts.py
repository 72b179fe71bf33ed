"""Who says whether a text is valid: a command of the user's, or the package jsonschema."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from fsmgen.errors import FsmgenError, InputError, InvalidOption, MissingPackage

if TYPE_CHECKING:
    from fsmgen.cli.referee import Referee


class Verdict(NamedTuple):
    """Whether a text is valid, None if that cannot be said; and why it is not."""

    valid: bool | None
    reason: str = ""


class Judge(Protocol):
    """Decides texts."""

    def verdict(self, text: str) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class ByCommand:
    """Decides a text by the exit status of a command that reads it on its standard input."""

    arguments: list[str]
    seconds: float

    @classmethod
    def of(cls, command: str, seconds: float) -> ByCommand:
        """The command that a command line describes; no shell reads it.

        Raises:
            InvalidOption: it is empty, or a quotation is not closed.
        """
        try:
            arguments = shlex.split(command)
        except ValueError as error:
            raise InvalidOption("--validator", command, allowed=f"a command ({error})") from None
        if not arguments:
            raise InvalidOption("--validator", command, allowed="a command")
        return cls(arguments, seconds)

    def verdict(self, text: str) -> Verdict:
        """What the command says.

        Raises:
            InputError: it cannot be run.
            FsmgenError: it takes too long.
        """
        try:
            done = subprocess.run(self.arguments, input=text.encode(), capture_output=True, timeout=self.seconds, check=False)
        except OSError as error:
            raise InputError(f"--validator {self.arguments[0]!r} cannot be run: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise FsmgenError(f"--validator takes more than {self.seconds:g} s for {text[:80]!r}") from None
        said = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace").splitlines()
        return Verdict(done.returncode == 0, ": ".join([f"exit status {done.returncode}", *(line[:200] for line in said[-1:])]))


@dataclass(frozen=True, slots=True)
class BySchema:
    """Decides a JSON text by a JSON Schema, with the package jsonschema."""

    referee: Referee

    @classmethod
    def of(cls, schema: bytes, *, formats: bool, resources: Mapping[str, bytes]) -> BySchema:
        """The judge of a schema.

        Raises:
            MissingPackage: jsonschema is not installed.
            InputError: it cannot read a pattern of the schema.
        """
        try:
            from fsmgen.cli.referee import Referee, Undecided
        except ImportError:
            raise MissingPackage("jsonschema", purpose="to audit a schema without --validator") from None
        documents: dict[str, Any] = {uri: json.loads(document) for uri, document in resources.items()}
        try:
            return cls(Referee(json.loads(schema), formats=formats, resources=documents))
        except Undecided as error:
            raise InputError(f"jsonschema cannot decide by this schema ({error}); give --validator") from None

    def verdict(self, text: str) -> Verdict:
        """What jsonschema says, as far as it can read the schema."""
        from fsmgen.cli.referee import Undecided

        try:
            complaint = self.referee.complaint(text)
        except Undecided as error:
            return Verdict(None, str(error))
        return Verdict(complaint is None, complaint or "")
