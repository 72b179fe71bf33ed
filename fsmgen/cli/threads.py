"""How many threads torch takes, which it reads from the environment when it is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence


def one_thread_for(models: Sequence[str]) -> None:
    """One thread where all models are embedded ones, unless the user says otherwise: with two they take twice the processor time."""
    if all(model.startswith("embedded:") for model in models):
        os.environ.setdefault("OMP_NUM_THREADS", "1")
