"""Answers that are texts, against one or more references. Each match has its own name: none of them is "accuracy".

>>> exact_match("Paris", "paris"), quasi_exact_match("The Paris!", "paris"), prefix_match("Paris, France", "Paris")
(0.0, 1.0, 1.0)
>>> round(token_f1("the old city of Paris", "Paris"), 2)
0.4

Quasi-exact is HELM's normalisation (Liang et al. 2022) and token F1 has SQuAD's (Rajpurkar et al. 2016), which are the same: lower case,
without punctuation, without the articles a, an, the, and with single spaces.
"""

from __future__ import annotations

import importlib
import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any

from fsmgen.errors import InputError, MissingPackage

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(a|an|the)\b")


def normalised(text: str) -> str:
    """The text as quasi-exact matches compare it."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, reference: str) -> float:
    """1.0 where the texts are equal but for white space around them."""
    return float(answer.strip() == reference.strip())


def prefix_match(answer: str, reference: str) -> float:
    """1.0 where the answer begins with the reference."""
    return float(answer.strip().startswith(reference.strip()))


def suffix_match(answer: str, reference: str) -> float:
    """1.0 where the answer ends with the reference."""
    return float(answer.strip().endswith(reference.strip()))


def quasi_exact_match(answer: str, reference: str) -> float:
    """1.0 where the normalised texts are equal; two texts of which nothing is left match only if they are equal as they are."""
    if not normalised(answer) or not normalised(reference):
        return exact_match(answer, reference)
    return float(normalised(answer) == normalised(reference))


def quasi_prefix_match(answer: str, reference: str) -> float:
    """1.0 where the normalised answer begins with the normalised reference."""
    return float(bool(normalised(reference)) and normalised(answer).startswith(normalised(reference)))


def token_f1(answer: str, reference: str) -> float:
    """Harmonic mean of precision and recall of the normalised words, from 0 to 1; without words on a side, whether both have none."""
    ours, theirs = normalised(answer).split(), normalised(reference).split()
    if not ours or not theirs:
        return float(ours == theirs)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs))


def bleu(answers: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Corpus BLEU, 0 to 100, by sacrebleu with its defaults; `references[i]` are those of answer i, as many for each.

    Raises:
        MissingPackage: sacrebleu is not installed.
        InputError: no answers, or different numbers of references.
    """
    return float(_library("sacrebleu", "BLEU").corpus_bleu(list(answers), _by_rank(answers, references)).score)


def chrf(answers: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Corpus chrF2, 0 to 100, by sacrebleu with its defaults. Raises: as `bleu`."""
    return float(_library("sacrebleu", "chrF").corpus_chrf(list(answers), _by_rank(answers, references)).score)


def rouge_l(answer: str, reference: str) -> float:
    """F-measure of the longest common subsequence of words, 0 to 1, by rouge-score without stemming.

    Raises:
        MissingPackage: rouge-score is not installed.
    """
    scorer = _library("rouge_score.rouge_scorer", "ROUGE", package="rouge-score").RougeScorer(["rougeL"])
    return float(scorer.score(reference, answer)["rougeL"].fmeasure)


def _by_rank(answers: Sequence[str], references: Sequence[Sequence[str]]) -> list[list[str]]:
    """The first reference of each answer, then the second of each, ..."""
    counts = {len(those) for those in references}
    if not answers or len(answers) != len(references) or len(counts) != 1 or 0 in counts:
        raise InputError(
            f"{len(answers)} answers and {len(references)} lists of references, of {sorted(counts)} each; one for each, of one length"
        )
    return [list(column) for column in zip(*references, strict=True)]


def _library(module: str, purpose: str, *, package: str = "") -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingPackage(package or module, purpose=purpose) from None
