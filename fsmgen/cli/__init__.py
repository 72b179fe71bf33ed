"""Floor 7: the command line.

`fsmgen generate | inspect | audit | grammars | demo | eval ...`; exit codes 0 (done), 1 (it failed), 2 (the input is wrong).
"""

from fsmgen.cli.app import main

__all__ = ["main"]
