"""Effects on one prompt without sampling: sums over every answer of a short language (`decoding.enumerate_answers`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fsmgen.errors import NoExpectation

if TYPE_CHECKING:
    from fsmgen.decoding import Enumeration


@dataclass(frozen=True, slots=True)
class ExactEffects:
    """What masking does to one prompt, in nats; see `mass` for the quantities.

    Attributes:
        conditional: p(y | L) of each answer's tokens.
        effective: the share of a sample that the weights leave: (E_q w)^2 / E_q w^2, from 0 to 1.
    """

    validity_mass: float
    tax: float
    distortion: float
    effective: float
    conditional: Mapping[tuple[int, ...], float]


def exact_effects(answers: Enumeration) -> ExactEffects:
    """The effects of an enumeration.

    Raises:
        NoExpectation: it is not complete; its `low` and `high` still bound the validity mass.
    """
    if not answers.exact:
        reason = f"the enumeration was cut off, with beginnings of probability {answers.waiting:.3g} left"
        raise NoExpectation("exact effect", reason)
    q = [math.exp(path.masked_logprob) for path in answers.paths]
    mass = math.fsum(math.exp(path.logprob) for path in answers.paths)
    tax = math.fsum(each * (path.masked_logprob - path.logprob) for each, path in zip(q, answers.paths, strict=True))
    second = math.fsum(math.exp(2 * path.logprob - path.masked_logprob) for path in answers.paths)
    return ExactEffects(
        validity_mass=mass,
        tax=tax,
        distortion=math.log(mass) + tax,
        effective=mass**2 / second,
        conditional={path.ids: math.exp(path.logprob) / mass for path in answers.paths},
    )
