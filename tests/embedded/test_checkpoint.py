"""The shipped checkpoint: what its card claims, measured again."""

from __future__ import annotations

import re

import pytest
import torch
from safetensors.torch import load_file

from fsmgen.embedded import DEFAULT, checkpoint_folder, names, stories
from fsmgen.embedded.accuracy import Answerer
from fsmgen.embedded.card import CARD
from fsmgen.embedded.formats import FAVOURITE
from fsmgen.errors import ModelNotFound

FOLDER = checkpoint_folder(DEFAULT)
TEST_ITEMS = stories.stories("test", 500, seed=0)


@pytest.fixture(scope="module")
def tally():
    torch.set_num_threads(1)
    return Answerer(FOLDER).tally(FAVOURITE, TEST_ITEMS)


def test_it_answers_most_held_out_stories_in_its_favourite_format(tally):
    assert tally.accuracy >= 0.5


def test_the_accuracy_is_the_one_on_its_card(tally):
    row = re.search(re.escape(FAVOURITE.name) + r" \| [\d.]+% \| [\d.]+% \| ([\d.]+)% \|", (FOLDER / CARD).read_text())
    assert tally.accuracy == pytest.approx(float(row[1]) / 100, abs=0.01)


def test_its_free_answers_vary_in_style(tally):
    assert len([style for style, count in tally.styles.items() if style and count >= 10]) >= 3


def test_its_weights_are_float32_and_small():
    assert {weights.dtype for weights in load_file(FOLDER / "model.safetensors").values()} == {torch.float32}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 4_000_000


def test_every_name_has_a_folder_and_any_other_name_is_refused_with_the_known_ones():
    assert all((checkpoint_folder(name) / "config.json").is_file() for name in names())
    with pytest.raises(ModelNotFound, match="stories"):
        checkpoint_folder("novels")
