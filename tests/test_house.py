"""The architecture as a test: imports go down only, and each fenced package stays in its rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "fsmgen"
FLOORS = [
    {"errors"}, {"caching"}, {"_kernels"}, {"automata"}, {"grammar"}, {"frontends", "tokens"}, {"constraint"},
    {"embedded"}, {"decoding"}, {"evaluation"}, {"cli"}, {"__main__"},
]  # fmt: skip
FENCES = {
    "numba": lambda path: path.name == "_kernels.py",
    "interegular": lambda path: path.parts[0] == "frontends",
    "lark": lambda path: path.parts[0] == "frontends",
    "networkx": lambda path: path.parts[0] == "constraint",
    "torch": lambda path: path.parts[0] in {"decoding", "embedded"},
    "transformers": lambda path: path.parts[0] in {"decoding", "embedded"},
}
FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py") if path.relative_to(ROOT) != Path("__init__.py"))


def room(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_go_down_and_fences_hold(path):
    floor = next(i for i, rooms in enumerate(FLOORS) if room(path) in rooms)
    below = {name for rooms in FLOORS[:floor] for name in rooms} | {room(path), "__version__"}
    for name in imports(path):
        top, *rest = (f"{name}.__version__" if name == "fsmgen" else name).split(".")
        assert top not in FENCES or FENCES[top](path), f"{path} imports {top}"
        assert top != "fsmgen" or rest[0] in below, f"{path} imports {name}"


def test_importing_fsmgen_loads_neither_torch_nor_numba():
    code = "import sys, fsmgen; assert not {'torch', 'numba', 'transformers', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
