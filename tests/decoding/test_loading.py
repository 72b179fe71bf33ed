"""`load_model`: what it brings in, and what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from fsmgen import choice
from fsmgen.decoding import LanguageModel, generate, load_model
from fsmgen.errors import InvalidOption, ModelNotFound, TokenizerMissing


@pytest.fixture
def folder(checkpoint: Callable[[str, int], Path], tmp_path: Path) -> Path:
    """A copy of a checkpoint, to be damaged."""
    return shutil.copytree(checkpoint("llama", 0), tmp_path / "copy")


def edit_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_loaded_model_knows_its_facts(llama: LanguageModel) -> None:
    assert llama.context_length == 128
    assert llama.vocabulary.size == 384
    assert llama.device == torch.device("cpu")
    assert llama.facts["dtype"] == "float32"
    assert llama.facts["revision"] is None
    assert llama.facts["architecture"] == "llama"
    assert llama.facts["transformers"] == transformers.__version__
    assert len(str(llama.facts["sha256"])) == 64
    json.dumps(dict(llama.facts))


def test_the_hash_changes_with_the_weights_and_with_nothing_else(folder: Path, llama: LanguageModel) -> None:
    assert load_model(folder).facts["sha256"] == llama.facts["sha256"]
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][0] += 1
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert load_model(folder).facts["sha256"] != llama.facts["sha256"]


def test_eos_ids_are_those_of_all_the_files(folder: Path) -> None:
    edit_json(folder / "generation_config.json", eos_token_id=[305, 306])
    edit_json(folder / "config.json", eos_token_id=307)
    assert load_model(folder).vocabulary.eos_ids == (1, 305, 306, 307)


def test_the_default_of_a_configuration_class_is_no_eos_id(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    del config["eos_token_id"]
    (folder / "config.json").write_text(json.dumps(config))
    edit_json(folder / "generation_config.json", eos_token_id=305)
    assert transformers.LlamaConfig().eos_token_id == 2
    assert load_model(folder).vocabulary.eos_ids == (1, 305)


@pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")
@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_the_dtype_is_that_of_the_weights(folder: Path, dtype: str) -> None:
    model = load_model(folder, dtype=dtype)
    assert model.facts["dtype"] == dtype
    [answer] = generate(model, ["Tom"], choice(["yes", "no", " maybe"]), max_tokens=8)
    assert answer.text in ("yes", "no", " maybe")


def test_an_empty_prompt_is_the_bos_token(llama: LanguageModel) -> None:
    assert llama.encode("") == [0]
    assert generate(llama, [""], max_tokens=2)[0].prompt_tokens == 1


def test_an_empty_prompt_without_a_bos_token_is_refused(folder: Path) -> None:
    edit_json(folder / "tokenizer_config.json", bos_token=None)
    with pytest.raises(InvalidOption, match="no BOS token"):
        generate(load_model(folder), [""])


def test_a_language_is_compiled_once_for_a_model_and_the_memory_of_it_is_bounded(llama: LanguageModel) -> None:
    first = choice(["yes", "no"])
    compiled = llama.compile(first)
    assert llama.compile(first) is compiled
    for count in range(40):
        llama.compile(choice([str(count)]))
    assert llama.compile(first) is not compiled


def test_models_of_one_vocabulary_compile_a_language_once_and_others_for_themselves(llama: LanguageModel) -> None:
    tiny, small = load_model("embedded:tiny"), load_model("embedded:small")
    language = choice(["yes", "no"])
    assert tiny.compile(language) is small.compile(language)
    assert llama.compile(language).vocabulary == llama.vocabulary != small.vocabulary


@pytest.mark.parametrize(("option", "value"), [("dtype", "int8"), ("device", "cuda:99"), ("device", "tpu"), ("revision", "main")])
def test_an_option_that_cannot_be_is_refused_by_name(folder: Path, option: str, value: str) -> None:
    with pytest.raises(InvalidOption, match=option):
        load_model(folder, **{option: value})


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "embedded:nothing"])
def test_a_folder_that_is_not_there_is_no_model(name: str) -> None:
    with pytest.raises(ModelNotFound, match="no model"):
        load_model(name)


def test_a_hub_name_without_a_network_is_no_model_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelNotFound, match="not in the local cache, and the hub cannot be reached"):
        load_model("somebody/a-model-that-nobody-has")


def test_a_hub_model_in_the_local_cache_is_found_with_its_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, checkpoint: Callable[[str, int], Path], llama: LanguageModel
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "models--somebody--tiny"
    shutil.copytree(checkpoint("llama", 0), repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for revision in (None, "main", commit):
        facts = load_model("somebody/tiny", revision=revision).facts
        assert (facts["model"], facts["revision"], facts["sha256"]) == ("somebody/tiny", commit, llama.facts["sha256"])


def test_a_name_that_is_no_name_is_no_model() -> None:
    with pytest.raises(ModelNotFound, match="the hub says"):
        load_model("some body/!!")


def test_pickled_weights_are_refused(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelNotFound, match=r"pickled \(pytorch_model\.bin\).*safetensors is needed"):
        load_model(folder)


def test_missing_weights_are_never_made_up(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelNotFound, match=r"weights are missing.*model\.norm\.weight"):
        load_model(folder)


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    edit_json(folder / "config.json", intermediate_size=64)
    with pytest.raises(ModelNotFound):
        load_model(folder)


@pytest.mark.parametrize(
    ("name", "content"), [("model.safetensors", b"garbage" * 9), ("config.json", b"{"), ("config.json", b'{"model_type": "x"}')]
)
def test_a_broken_file_is_an_error_without_a_traceback_of_others(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises((ModelNotFound, TokenizerMissing)):
        load_model(folder)


def test_a_folder_without_configuration_is_no_model(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(ModelNotFound, match=r"has no config\.json"):
        load_model(folder)


def test_a_checkpoint_without_a_tokenizer_is_refused(folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    with pytest.raises(TokenizerMissing, match="no usable tokenizer"):
        load_model(folder)


def test_a_checkpoint_with_code_of_its_own_is_not_run(folder: Path) -> None:
    edit_json(folder / "config.json", model_type="unheard-of", auto_map={"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"})
    (folder / "evil.py").write_text("raise AssertionError('this code must not run')")
    with pytest.raises((ModelNotFound, TokenizerMissing)):
        load_model(folder)


def test_loading_says_nothing_and_leaves_the_settings_of_transformers_alone(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logging = transformers.utils.logging
    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    load_model(folder)
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
