"""The user's cache folder: compiled kernels, packed tries, rows of masks. Deleting it is always safe."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs


def cache_folder(*parts: str) -> Path:
    """The folder `<user cache>/fsmgen/<parts>`, created if need be.

    Raises:
        OSError: the folder cannot be made.
    """
    folder = Path(platformdirs.user_cache_dir("fsmgen", appauthor=False)).joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def atomic_write(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old file or the new one, never half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
