"""The family: recipes that hang together, a model from its base, its card, and what the shipped ones claim."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from fsmgen.embedded import DEFAULT, checkpoint_folder, family_card, names
from fsmgen.embedded import train as training
from fsmgen.embedded.accuracy import Answerer
from fsmgen.embedded.card import CARD, write_card
from fsmgen.embedded.mixtures import MIXTURES
from fsmgen.embedded.recipe import RECIPES
from fsmgen.embedded.tasks import TASKS

SHIPPED = [name for name in names() if name != DEFAULT]
FAMILY = [recipe for recipe in RECIPES.values() if recipe.mixture in MIXTURES]
TINY = {"hidden": 16, "layers": 1, "heads": 2, "intermediate": 16, "batch": 2}


def silent(line):
    assert line


def test_a_base_is_a_recipe_of_the_same_shape_without_a_base():
    shape = ("tokens", "hidden", "layers", "heads", "intermediate", "context")
    for recipe in FAMILY:
        if recipe.base:
            base = RECIPES[recipe.base]
            assert base.base == ""
            assert [getattr(base, part) for part in shape] == [getattr(recipe, part) for part in shape]


def test_the_family_has_sizes_mixtures_and_two_seeds_of_one_configuration():
    made = [recipe for recipe in FAMILY if recipe.name != "lessons"]
    assert len(made) >= 6
    assert len({recipe.hidden for recipe in made}) >= 3
    assert {"broad", "narrow", "shy", "terse", "chatty"} <= {recipe.mixture for recipe in made}
    assert len(made) > len({replace(recipe, seed=0, name="") for recipe in made})


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    training.train(replace(RECIPES["lessons"], steps=4, until=2, **TINY), folder, report=silent)
    return folder


def test_a_model_begins_with_the_weights_of_its_base_and_is_stored_as_its_recipe_says(base, tmp_path):
    recipe = replace(RECIPES["terse"], steps=1, learning_rate=0.0, **TINY)
    training.train(recipe, tmp_path, base=base, report=silent)
    was, now = (load_file(folder / "model.safetensors") for folder in (base, tmp_path))
    assert {weights.dtype for weights in now.values()} == {torch.float16}
    assert all(torch.equal(was[name].half(), weights) for name, weights in now.items())
    assert (tmp_path / "tokenizer.json").read_bytes() == (base / "tokenizer.json").read_bytes()


def test_a_base_stops_on_its_way(tmp_path):
    trained = training.train(replace(RECIPES["lessons"], steps=4, until=2, **TINY), tmp_path, report=silent)
    assert [step for step, _ in trained.curve] == [2]


def test_a_card_names_every_task_and_the_command(tmp_path):
    recipe = replace(RECIPES["lessons"], steps=4, until=2, **TINY)
    trained = training.train(recipe, tmp_path, report=silent)
    write_card(tmp_path, recipe, training=trained, items=2, report=silent)
    card = (tmp_path / CARD).read_text()
    assert "python -m fsmgen.embedded.train lessons --out FOLDER" in card
    assert [line.split(" | ")[0][2:] for line in card.splitlines() if line.split(" | ")[0][2:] in TASKS] == list(TASKS)


@pytest.mark.skipif(not SHIPPED, reason="no weights of the family are here")
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_is_its_recipes_and_does_what_its_card_says(name):
    folder = checkpoint_folder(name)
    torch.set_num_threads(1)
    weights = load_file(folder / "model.safetensors")
    assert {str(tensor.dtype) for tensor in weights.values()} == {f"torch.{RECIPES[name].dtype}"}
    card = (folder / CARD).read_text()
    claimed = float(re.search(r"\| plausible \| ([\d.]+)% \|", card)[1])
    measured = family_card.examine(Answerer(folder), family_card.FAVOURITE, family_card.tasks.samples("plausible", "dev", 200, seed=0))
    assert 100 * measured.accuracy == pytest.approx(claimed, abs=1)


@pytest.mark.skipif(not SHIPPED, reason="no weights of the family are here")
def test_all_weights_together_are_about_twenty_megabytes_at_most():
    assert sum(path.stat().st_size for name in names() for path in checkpoint_folder(name).iterdir()) < 22_000_000
