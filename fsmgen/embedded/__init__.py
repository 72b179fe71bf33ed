"""The small models that ship with the package: ordinary transformers checkpoints, each with the card of its training.

>>> DEFAULT in names()
True
>>> (checkpoint_folder(DEFAULT) / "config.json").is_file()
True

`stories` answers arithmetic stories of one step; `fsmgen.embedded.stories` makes the items, `fsmgen.embedded.formats` the
prompts. The others are a family on eight tasks (`fsmgen.embedded.tasks`, `.wordings`) with different sizes and mixtures of
training (`.mixtures`). The script that trained them is `python -m fsmgen.embedded.train`; nothing else here imports torch on
import.
"""

from __future__ import annotations

from pathlib import Path

from fsmgen.errors import ModelNotFound

__all__ = ["DEFAULT", "checkpoint_folder", "names"]

DEFAULT = "stories"
_CHECKPOINTS = Path(__file__).parent / "checkpoints"


def names() -> tuple[str, ...]:
    """The embedded models, by name, the default first."""
    found = (path.parent.name for path in _CHECKPOINTS.glob("*/config.json"))
    return tuple(sorted(found, key=lambda name: (name != DEFAULT, name)))


def checkpoint_folder(name: str) -> Path:
    """The checkpoint folder of an embedded model, for `from_pretrained` of any transformers Auto class."""
    if name not in names():
        raise ModelNotFound(name, reason=f"the embedded models are {', '.join(names())}")
    return _CHECKPOINTS / name
