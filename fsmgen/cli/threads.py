"""How many threads torch takes, which it reads from the environment when it is loaded, and how many processes a command."""

from __future__ import annotations

import os
from collections.abc import Sequence


def one_thread_for(models: Sequence[str]) -> None:
    """One thread where all models are embedded ones, unless the user says otherwise: with two they take twice the processor time."""
    if _embedded(models):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def jobs_for(models: Sequence[str]) -> int:
    """Models to put side by side: as many as there are cores where all are embedded ones, which are small; otherwise one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if _embedded(models) else 1


def _embedded(models: Sequence[str]) -> bool:
    return all(model.startswith("embedded:") for model in models)
