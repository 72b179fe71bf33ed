"""What may stand in the place of a constraint: the constraint itself, or one that is watched or coalesced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from fsmgen.constraint import Constraint
from fsmgen.errors import InvalidOption
from fsmgen.grammar import Language

Policy: TypeAlias = Literal["longest", "canonical"]
"""The tokens of a forced text: each time the longest one that it begins with, or those that the tokenizer makes of it."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Free decoding with a matcher alongside, which forbids nothing; see `Generation.observation`."""

    constraint: Constraint | Language


@dataclass(frozen=True, slots=True)
class Coalesced:
    """A constraint whose forced texts are read in one forward pass instead of chosen token by token.

    Which tokens a forced text becomes changes what the model says after it. Without coalescing, the model chooses among them.
    """

    constraint: Constraint | Language
    policy: Policy = "canonical"

    def __post_init__(self) -> None:
        if self.policy not in get_args(Policy):
            raise InvalidOption("policy", self.policy, allowed=" or ".join(map(repr, get_args(Policy))))


Asked: TypeAlias = Constraint | Language | Watched | Coalesced | None


@dataclass(frozen=True, slots=True)
class Bound:
    """What is asked of one row, compiled."""

    constraint: Constraint | None = None
    watched: Constraint | None = None
    policy: Policy | None = None

    @property
    def any(self) -> Constraint | None:
        """The constraint, watched or not."""
        return self.constraint or self.watched
