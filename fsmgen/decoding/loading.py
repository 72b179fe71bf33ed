"""`load_model`: the door through which every model comes in."""

from __future__ import annotations

from pathlib import Path

import torch

from fsmgen.decoding.checkpoints import find_checkpoint, read_network, read_tokenizer
from fsmgen.decoding.models import LanguageModel
from fsmgen.errors import InvalidOption

_DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16, "float16": torch.float16}


def load_model(
    name_or_path: str | Path = "embedded:stories", *, device: str = "cpu", dtype: str = "float32", revision: str | None = None
) -> LanguageModel:
    """A causal language model and its tokenizer: an embedded one, a local folder, or a name on the Hugging Face hub.

    Args:
        device: "cpu", "cuda" or "cuda:<index>".
        dtype: of weights and activations: "float32", "float64", "bfloat16" or "float16". Probabilities are float64 in any case.
        revision: branch, tag or commit on the hub.

    Raises:
        ModelNotFound: no such checkpoint, none with safetensors weights, or one that transformers cannot read.
        TokenizerMissing: the checkpoint has no fast tokenizer.
        UnsupportedTokenizer: its tokens cannot be written as exact bytes.
        InvalidOption: an unknown device or dtype.
    """
    if dtype not in _DTYPES:
        raise InvalidOption("dtype", dtype, allowed=" or ".join(_DTYPES))
    place = _device(device)
    checkpoint = find_checkpoint(str(name_or_path), revision)
    tokenizer = read_tokenizer(checkpoint)
    network = read_network(checkpoint, dtype=_DTYPES[dtype])
    return LanguageModel(checkpoint, network.to(place), tokenizer)


def _device(name: str) -> torch.device:
    present = ["cpu", "cuda", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))] if torch.cuda.is_available() else ["cpu"]
    if name not in present:
        raise InvalidOption("device", name, allowed=" or ".join(present) + " on this machine")
    return torch.device(name)
