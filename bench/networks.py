"""Write the networks of the lark grammars that ship with the package, beside their files.

    python -m bench.networks
"""

from __future__ import annotations

from typing import Any

from fsmgen.frontends.lark.language import made_network
from fsmgen.frontends.lark.shipped import shipped_path, written_network
from fsmgen.frontends.named import named_grammars


def main() -> None:
    """The command."""
    for grammar in named_grammars():
        if grammar.path.suffix == ".lark":
            lexer: Any = grammar.meaning  # checked there
            path, data = shipped_path(grammar.path), written_network(*made_network(grammar.path, grammar.text, lexer))
            path.write_bytes(data)
            print(f"{path.name}: {len(data)} bytes")


if __name__ == "__main__":
    main()
