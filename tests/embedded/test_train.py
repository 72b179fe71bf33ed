"""Training: the same weights after a kill, nothing overwritten."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from fsmgen.embedded import DEFAULT, checkpoint_folder
from fsmgen.embedded import train as training
from fsmgen.embedded.card import CARD
from fsmgen.embedded.recipe import RECIPES, batches
from fsmgen.errors import OutputExists

TINY = replace(RECIPES["stories"], steps=7, hidden=16, layers=1, heads=2, intermediate=16, batch=2)


class Killed(Exception):
    pass


def kill(line):
    raise Killed(line)


def silent(line):
    assert line


def with_tokenizer(folder):
    """A folder as training leaves it before the first step."""
    shutil.copy(checkpoint_folder(DEFAULT) / "tokenizer.json", folder)
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = with_tokenizer(tmp_path_factory.mktemp("uninterrupted"))
    return folder, training.train(TINY, folder, save_every=3, report=silent)


def test_a_killed_run_goes_on_to_the_same_weights(finished, tmp_path):
    with pytest.raises(Killed, match="step 3 of 7"):
        training.train(TINY, with_tokenizer(tmp_path), save_every=3, report=kill)
    with pytest.raises(Killed, match="step 6 of 7"):
        training.train(TINY, tmp_path, save_every=3, report=kill)
    resumed = training.train(TINY, tmp_path, save_every=3, report=silent)
    assert (tmp_path / "model.safetensors").read_bytes() == (finished[0] / "model.safetensors").read_bytes()
    assert resumed.curve == finished[1].curve
    assert [step for step, _ in resumed.curve] == [3, 6, 7]


def test_the_result_is_an_ordinary_checkpoint(finished):
    model, tokenizer = (kind.from_pretrained(finished[0]) for kind in (AutoModelForCausalLM, AutoTokenizer))
    assert sum(weights.numel() for weights in model.parameters()) == TINY.tokens * 16 + 4 * 16**2 + 3 * 16**2 + 3 * 16
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id == 0
    assert tokenizer.is_fast


@pytest.mark.parametrize("start", [1, 15, 16, 17, 39])
def test_the_batch_of_a_step_is_the_same_wherever_training_starts(finished, start):
    recipe = replace(TINY, steps=40)
    tokenizer = Tokenizer.from_file(str(finished[0] / "tokenizer.json"))
    whole = list(batches(recipe, tokenizer))
    assert len(whole) == 40
    assert list(batches(recipe, tokenizer, start=start)) == whole[start:]


def test_an_answer_ends_with_the_end_token_and_starts_after_its_prompt(finished):
    tokenizer = Tokenizer.from_file(str(finished[0] / "tokenizer.json"))
    for batch in batches(TINY, tokenizer):
        for ids, prompt_length in batch:
            assert ids.index(0) == len(ids) - 1
            assert tokenizer.decode(ids[:prompt_length]).endswith(":")
            assert tokenizer.decode(ids[prompt_length:])[0].isspace()


def test_progress_of_another_recipe_is_not_gone_on_with(finished):
    with pytest.raises(OutputExists, match="another recipe"):
        training.train(replace(TINY, seed=1), finished[0], report=silent)


def test_a_finished_folder_is_refused_with_an_error_and_left_alone(tmp_path, capsys):
    (tmp_path / CARD).write_text("done")
    assert training.main(["stories", "--out", str(tmp_path)]) == 1
    assert "not overwritten" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [CARD]
