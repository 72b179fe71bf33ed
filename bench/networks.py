"""Write the networks of the grammars that ship with the package, beside their files.

python -m bench.networks
"""

from __future__ import annotations

from fsmgen.frontends.named import named_grammars
from fsmgen.frontends.shipped import written_network


def main() -> None:
    """The command."""
    for grammar in named_grammars():
        data = written_network(*grammar.made_network())
        grammar.network.write_bytes(data)
        print(f"{grammar.network.name}: {len(data)} bytes")


if __name__ == "__main__":
    main()
