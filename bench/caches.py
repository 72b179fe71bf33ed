"""A cache folder of the bench's own: rows on disk can be there or not; kernels, tries and the ranges of character classes always are."""

from __future__ import annotations

import shutil
from pathlib import Path

from fsmgen.caching import cache_folder

_KEPT = ("kernels", "tries", "characters")


def prepare(folder: Path) -> None:
    """Make `folder` a user cache folder for fsmgen whose kernels, tries and character classes are those of the user's own."""
    own = folder / "fsmgen"
    own.mkdir(parents=True)
    for name in _KEPT:
        (own / name).symlink_to(cache_folder(name).resolve(), target_is_directory=True)


def empty(folder: Path) -> None:
    """Delete whatever is kept there but these: the rows of masks."""
    for path in (folder / "fsmgen").iterdir():
        if path.name in _KEPT:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
