"""The small models that ship with the package: ordinary transformers checkpoints, each with the card of its training.

>>> names()
('stories',)
>>> (checkpoint_folder(DEFAULT) / "config.json").is_file()
True

`stories` answers arithmetic stories of one step; `fsmgen.embedded.stories` makes the items, `fsmgen.embedded.formats` the
prompts. The script that trained it is `python -m fsmgen.embedded.train`; nothing else here imports torch on import.
"""

from __future__ import annotations

from pathlib import Path

from fsmgen.errors import ModelNotFound

__all__ = ["DEFAULT", "checkpoint_folder", "names"]

DEFAULT = "stories"
_CHECKPOINTS = Path(__file__).parent / "checkpoints"


def names() -> tuple[str, ...]:
    """The embedded models, by name."""
    return (DEFAULT,)


def checkpoint_folder(name: str) -> Path:
    """The checkpoint folder of an embedded model, for `from_pretrained` of any transformers Auto class."""
    if name not in names():
        raise ModelNotFound(name, reason=f"the embedded models are {', '.join(names())}")
    return _CHECKPOINTS / name
