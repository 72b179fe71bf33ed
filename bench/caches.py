"""A cache folder of the bench's own, so that rows on disk can be there or not, while compiled kernels and tries always are."""

from __future__ import annotations

import shutil
from pathlib import Path

from fsmgen.caching import cache_folder

_KEPT = ("kernels", "tries")


def prepare(folder: Path) -> None:
    """Make `folder` a user cache folder for fsmgen whose kernels and tries are those of the user's own."""
    own = folder / "fsmgen"
    own.mkdir(parents=True)
    for name in _KEPT:
        (own / name).symlink_to(cache_folder(name).resolve(), target_is_directory=True)


def empty(folder: Path) -> None:
    """Delete whatever is kept there but kernels and tries."""
    for path in (folder / "fsmgen").iterdir():
        if path.name in _KEPT:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
