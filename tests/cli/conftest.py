"""Running a command line in this process, as a user would."""

from __future__ import annotations

import io
import sys

import pytest

from fsmgen.cli import main


@pytest.fixture
def fsmgen(monkeypatch, capsys):
    """Run a command line; gives (exit code, standard output, standard error)."""

    def run(*arguments: object, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fsmgen", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run
