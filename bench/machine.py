"""Facts of the machine and of the code that was measured, and the options that all commands share."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import fsmgen
from bench import vocabularies

_PACKAGES = ("numba", "numpy", "torch", "llguidance", "xgrammar", "outlines-core", "mistral-common")


def facts() -> dict[str, Any]:
    """Processor, load, versions, and a hash of this package's sources."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name)) is not None},
        "fsmgen": {"version": fsmgen.__version__, "sources": _sources()},
    }


def parser_of(program: str, documentation: str | None) -> argparse.ArgumentParser:
    """A command line whose help is the module's documentation, with the choice of the vocabulary and of the core."""
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{program}", description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vocabulary", default="tekken", choices=vocabularies.NAMES)
    return parser


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that measure."""
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the core that all engines run on")
    parser.add_argument("--nice", type=int, default=0, help="niceness of the measuring processes; negative against noise, if permitted")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds for a compilation")
    parser.add_argument("--walk-limit", type=float, default=120.0, help="seconds for what follows it")
    parser.add_argument("--json", type=Path, help="where to write figures, every step's times and facts of the machine")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(fsmgen.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
