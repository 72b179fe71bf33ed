"""Finding a checkpoint and reading it: a folder, a name on the Hugging Face hub, or `embedded:<name>`, all by the same code.

Weights are read from safetensors files only, since a pickled file can run code, and no code that comes with a checkpoint is run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import transformers
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

from fsmgen.embedded import checkpoint_folder
from fsmgen.errors import InvalidOption, ModelNotFound, TokenizerMissing

_OWN_FILES_ONLY = {"local_files_only": True, "trust_remote_code": False}
_EMBEDDED = "embedded:"
_WANTED = ["*.safetensors", "*.json", "*.model", "*.txt", "*.tiktoken", "*.jinja"]
_UNWANTED = ["*/*", "consolidated*"]
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "tekken.json")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint folder on this machine. `name`: as asked for; `revision`: the hub's commit, None for a local folder."""

    name: str
    folder: Path
    revision: str | None = None

    def weights(self) -> list[Path]:
        """The safetensors files, in order of name."""
        return sorted(path for path in self.folder.glob("*.safetensors") if not path.name.startswith("consolidated"))

    def written_eos(self) -> int | list[int] | None:
        """The EOS ids that config.json names."""
        config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        ids: int | list[int] | None = config.get("eos_token_id", config.get("text_config", {}).get("eos_token_id"))
        return ids

    def sha256(self) -> str:
        """Hex digest over names and contents of configuration and weights."""
        total = hashlib.sha256()
        for path in (self.folder / "config.json", *self.weights()):
            with path.open("rb") as file:
                total.update(path.name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
        return total.hexdigest()


def find_checkpoint(name: str, revision: str | None) -> Checkpoint:
    """The folder of a checkpoint, fetched from the hub if it is neither embedded nor a local folder.

    Raises:
        ModelNotFound: there is none, or it holds no safetensors weights.
    """
    local = checkpoint_folder(name.removeprefix(_EMBEDDED)) if name.startswith(_EMBEDDED) else Path(name).expanduser()
    if local.is_dir():
        if revision is not None:
            raise InvalidOption("revision", revision, allowed="None for a local folder")
        return _checked(Checkpoint(name, local))
    if name.startswith((_EMBEDDED, "/", ".", "~")) or name.count("/") > 1:
        raise ModelNotFound(name, reason="there is no such folder" if not name.startswith(_EMBEDDED) else f"{local} is not there")
    folder = _fetch(name, revision)
    return _checked(Checkpoint(name, folder, folder.name))


def _fetch(name: str, revision: str | None) -> Path:
    """The hub's snapshot folder, named by its commit."""
    try:
        with _quiet():
            return Path(snapshot_download(name, revision=revision, allow_patterns=_WANTED, ignore_patterns=_UNWANTED))
    except LocalEntryNotFoundError as error:
        raise ModelNotFound(name, reason="it is no local folder, not in the local cache, and the hub cannot be reached") from error
    except (HfHubHTTPError, HFValidationError) as error:
        raise ModelNotFound(name, reason=f"it is no local folder, and the hub says: {_first_line(error)}") from error


def _checked(checkpoint: Checkpoint) -> Checkpoint:
    """Refuse a folder without configuration or safetensors weights."""
    if not (checkpoint.folder / "config.json").is_file():
        raise ModelNotFound(checkpoint.name, reason=f"{checkpoint.folder} has no config.json")
    if checkpoint.weights():
        return checkpoint
    pickles = sorted(path.name for pattern in _PICKLES for path in checkpoint.folder.glob(pattern))
    found = f"its weights are pickled ({', '.join(pickles)}), which is not read; convert them" if pickles else "it holds no weights"
    raise ModelNotFound(checkpoint.name, reason=f"{found}; model.safetensors is needed")


def read_tokenizer(checkpoint: Checkpoint) -> Any:
    """The fast tokenizer of a checkpoint.

    Raises:
        TokenizerMissing: it has none, or none that transformers can read without code of the checkpoint's own.
    """
    if not any((checkpoint.folder / name).is_file() for name in _TOKENIZER_FILES):
        raise TokenizerMissing(checkpoint.name, reason=f"{checkpoint.folder} has none of {', '.join(_TOKENIZER_FILES)}")
    try:
        with _quiet():
            tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint.folder, **_OWN_FILES_ONLY)
    except (OSError, ValueError, KeyError, ImportError, AttributeError, TypeError) as error:
        raise TokenizerMissing(checkpoint.name, reason=_first_line(error)) from error
    if not tokenizer.is_fast:
        raise TokenizerMissing(checkpoint.name, reason=f"{type(tokenizer).__name__} is no fast tokenizer; tokenizer.json is needed")
    return tokenizer


def read_network(checkpoint: Checkpoint, *, dtype: Any) -> Any:
    """The network, on the CPU, ready for inference.

    Raises:
        ModelNotFound: transformers cannot read it, or weights are missing.
    """
    try:
        with _quiet():
            network, report = transformers.AutoModelForCausalLM.from_pretrained(
                checkpoint.folder, dtype=dtype, use_safetensors=True, output_loading_info=True, **_OWN_FILES_ONLY
            )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise ModelNotFound(checkpoint.name, reason=_first_line(error)) from error
    absent = sorted(report["missing_keys"]) + sorted(str(key) for key in report["mismatched_keys"])
    if absent:
        raise ModelNotFound(checkpoint.name, reason=f"weights are missing or of the wrong shape: {', '.join(absent[:3])}")
    return network.eval()


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and no advice from transformers and the hub meanwhile; their own settings are put back."""
    bars, verbosity = transformers_logging.is_progress_bar_enabled(), transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
