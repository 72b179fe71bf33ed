"""Train an embedded model: `python -m fsmgen.embedded.train NAME --out FOLDER`.

One core, a seed, and progress in FOLDER/training.pt: a run that was killed goes on where it last saved and ends with the
same weights. The finished folder is an ordinary transformers checkpoint with its card. A finished folder is not touched.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from fsmgen.embedded import bpe
from fsmgen.embedded.card import CARD, Training, write_card
from fsmgen.embedded.mixtures import MIXTURES
from fsmgen.embedded.recipe import RECIPES, Batch, Recipe, batches, corpus
from fsmgen.errors import FsmgenError, OutputExists

Report = Callable[[str], None]

PROGRESS = "training.pt"
_IGNORED = -100
_CARD_ITEMS = 500
_CARD_ITEMS_PER_TASK = 200


@dataclass(slots=True)
class _Run:
    """A training in progress: what a saved file holds."""

    model: Any
    optimizer: Any
    step: int = 0
    seconds: float = 0.0
    curve: list[tuple[int, float]] = field(default_factory=list)

    def save(self, path: Path, recipe: Recipe) -> None:
        parts = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        facts = {"step": self.step, "seconds": self.seconds, "curve": self.curve, "recipe": asdict(recipe)}
        unfinished = path.with_suffix(".part")
        torch.save(parts | facts, unfinished)
        os.replace(unfinished, path)

    def load(self, path: Path, recipe: Recipe) -> None:
        state = torch.load(path, weights_only=True)
        if state["recipe"] != asdict(recipe):
            raise OutputExists(path, instead="it is the progress of another recipe; name another folder, or delete it")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.curve = state["step"], state["seconds"], state["curve"]


def train(recipe: Recipe, folder: Path, *, base: Path | None = None, save_every: int = 500, report: Report) -> Training:
    """Make a checkpoint in `folder`, going on from the progress that it may hold; how the training went.

    Args:
        base: the finished checkpoint folder of the recipe's base, where it has one.

    Raises:
        OutputExists: the folder holds a finished checkpoint or the progress of another recipe.
    """
    if (folder / CARD).exists():
        raise OutputExists(folder / CARD, instead="name another folder, or delete this one to train again")
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(recipe, folder / "tokenizer.json")
    run = _start(recipe, folder / PROGRESS, base)
    _train(run, recipe, tokenizer, save_every=save_every, progress=folder / PROGRESS, report=report)
    _export(run.model, tokenizer, recipe=recipe, folder=folder)
    return Training(run.seconds, tuple(run.curve))


def _train(run: _Run, recipe: Recipe, tokenizer: Tokenizer, *, save_every: int, progress: Path, report: Report) -> None:
    losses: list[float] = []
    began = time.monotonic() - run.seconds
    for batch in batches(recipe, tokenizer, start=run.step):
        losses.append(_step(run, batch, recipe))
        run.step += 1
        if run.step % save_every == 0 or run.step == recipe.last:
            run.seconds = time.monotonic() - began
            run.curve.append((run.step, sum(losses) / len(losses)))
            losses = []
            run.save(progress, recipe)
            report(f"step {run.step} of {recipe.last}, answer loss {run.curve[-1][1]:.4f}, {run.seconds:.0f} s")


def _export(model: Any, tokenizer: Tokenizer, *, recipe: Recipe, folder: Path) -> None:
    """The files of an ordinary transformers checkpoint."""
    model.to(getattr(torch, recipe.dtype))
    model.generation_config = GenerationConfig(eos_token_id=bpe.END_ID, pad_token_id=bpe.PAD_ID)
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=bpe.END,
        pad_token=bpe.PAD,
        model_max_length=recipe.context,
        clean_up_tokenization_spaces=False,
    ).save_pretrained(folder)
    _name_tokenizer_class(folder / "tokenizer_config.json")


def _name_tokenizer_class(path: Path) -> None:
    """Put the class name that transformers 4 and 5 both know; 5 writes one that 4 does not."""
    configuration = json.loads(path.read_text(encoding="utf-8")) | {"tokenizer_class": "PreTrainedTokenizerFast"}
    configuration.pop("backend", None)
    path.write_text(json.dumps(configuration, indent=2) + "\n", encoding="utf-8")


def _tokenizer(recipe: Recipe, path: Path) -> Tokenizer:
    if not path.exists():
        bpe.train_tokenizer(corpus(recipe), size=recipe.tokens).save(str(path))
    return Tokenizer.from_file(str(path))


def _start(recipe: Recipe, progress: Path, base: Path | None) -> _Run:
    torch.manual_seed(recipe.seed)
    model = LlamaForCausalLM(_configuration(recipe))
    if base is not None:
        model.load_state_dict(LlamaForCausalLM.from_pretrained(str(base), dtype=torch.float32).state_dict())
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]
    run = _Run(model, torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98), fused=True))
    if progress.exists():
        run.load(progress, recipe)
    return run


def _configuration(recipe: Recipe) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=recipe.tokens,
        hidden_size=recipe.hidden,
        intermediate_size=recipe.intermediate,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=recipe.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=bpe.END_ID,
        pad_token_id=bpe.PAD_ID,
    )


def _step(run: _Run, batch: Batch, recipe: Recipe) -> float:
    """One update; the mean loss of the answer tokens before it."""
    ids, targets, weights = _tensors(batch, recipe.prompt_weight)
    for group in run.optimizer.param_groups:
        group["lr"] = _rate(recipe, run.step)
    logits = run.model(input_ids=ids, use_cache=False).logits
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=_IGNORED, reduction="none")
    loss = (losses * weights.flatten()).sum() / weights.sum()
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
    run.optimizer.step()
    answered = weights.flatten() == 1
    return float((losses.detach() * answered).sum() / answered.sum())


def _tensors(batch: Batch, prompt_weight: float) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights, [sequences, longest - 1] each, padded on the right, where causal attention never looks."""
    longest = max(len(ids) for ids, _ in batch)
    whole = torch.full((len(batch), longest), _IGNORED)
    weights = torch.zeros(len(batch), longest)
    for row, (ids, prompt_length) in enumerate(batch):
        whole[row, : len(ids)] = torch.tensor(ids)
        weights[row, :prompt_length] = prompt_weight
        weights[row, prompt_length : len(ids)] = 1
    return whole[:, :-1].clamp(min=0), whole[:, 1:], weights[:, 1:]


def _rate(recipe: Recipe, step: int) -> float:
    """Linear warm-up, then a cosine down to a fiftieth."""
    if step < recipe.warmup:
        return recipe.learning_rate * (step + 1) / recipe.warmup
    done = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return recipe.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)


def _make(recipe: Recipe, folder: Path, base: Path | None) -> None:
    """Checkpoint, card, and no progress file any more; the card is the sign that a folder is finished."""
    report = partial(print, flush=True)
    start = _base(recipe, folder if base is None else base, report) if recipe.base else None
    training = train(recipe, folder, base=start, report=report)
    items = _CARD_ITEMS_PER_TASK if recipe.mixture in MIXTURES else _CARD_ITEMS
    write_card(folder, recipe, training=training, items=items, report=report)
    (folder / PROGRESS).unlink()


def _base(recipe: Recipe, folder: Path, report: Report) -> Path:
    """The finished checkpoint of the base in a folder of its name in `folder`, trained first if it is not there."""
    place = folder / recipe.base
    if not (place / "config.json").exists():
        report(f"{recipe.base} first, in {place}")
        train(RECIPES[recipe.base], place, report=report)
    return place


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fsmgen.embedded.train", description="Train an embedded model on one core.")
    parser.add_argument("name", choices=sorted(RECIPES), help="which model")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint folder; holds the progress meanwhile")
    parser.add_argument("--steps", type=int, help="train this many steps instead of the recipe's")
    parser.add_argument("--seed", type=int, help="another seed than the recipe's")
    parser.add_argument("--base", type=Path, help="where the folder of the base is, or shall be, if the model has one; default: in FOLDER")
    given = parser.parse_args(arguments)
    changes = {key: value for key in ("steps", "seed") if (value := getattr(given, key)) is not None}
    try:
        _make(replace(RECIPES[given.name], **changes), given.out, given.base)
    except FsmgenError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
