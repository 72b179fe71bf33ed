"""Kill a real run at random moments: `python -m bench.kills --kills 20`.

A study of the embedded model is run once without interruption, then once more with `kill -9` at random moments, until it is complete. After
every kill the records must be a beginning of the uninterrupted ones, with what was finished before; in the end they must be the same bytes.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECORDS = "records.jsonl"


def command(folder: Path, items: int) -> list[str]:
    """The command line of the study."""
    arms = ("--arm", "free", "--arm", "full", "--arm", "same-reasoning", "--arm", "vote:samples=3")
    asked = ("--task", "stories", "--limit", str(items), "--batch-size", "4", "--max-tokens", "48")
    return [sys.executable, "-m", "fsmgen", "eval", "run", *asked, *arms, "--output", str(folder)]


def run_whole(folder: Path, items: int) -> tuple[bytes, float]:
    """The records of a run that nothing interrupts, and its seconds."""
    began = time.monotonic()
    subprocess.run(command(folder, items), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (folder / RECORDS).read_bytes(), time.monotonic() - began


def run_and_kill(folder: Path, items: int, draw: random.Random) -> int:
    """Start a run, and kill it within 0.4 s of its first new record; its return code."""
    before = _size(folder)
    child = subprocess.Popen(command(folder, items), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None and _size(folder) == before:
        time.sleep(0.005)
    time.sleep(draw.uniform(0, 0.4))
    child.send_signal(signal.SIGKILL)
    return child.wait()


def _size(folder: Path) -> int:
    path = folder / RECORDS
    return path.stat().st_size if path.exists() else 0


def check(written: bytes, whole: bytes, kept: int) -> int:
    """How many records are finished now.

    Raises:
        SystemExit: one is lost, doubled or other than in the uninterrupted run.
    """
    finished = written[: written.rfind(b"\n") + 1]
    if not whole.startswith(finished) or finished.count(b"\n") < kept:
        sys.exit("a finished record is lost, doubled or different")
    return finished.count(b"\n")


def campaign(kills: int, items: int, seed: int) -> str:
    """What was found, in a line."""
    with tempfile.TemporaryDirectory() as name:
        whole, seconds = run_whole(Path(name) / "whole", items)
        folder, draw, kept, killed, half = Path(name) / "killed", random.Random(seed), 0, 0, 0
        while killed < kills:
            code = run_and_kill(folder, items, draw)
            written = (folder / RECORDS).read_bytes()
            kept = check(written, whole, kept)
            killed += code == -signal.SIGKILL
            half += not written.endswith(b"\n")
            if code == 0:
                break
        run_whole(folder, items)
        same = (folder / RECORDS).read_bytes() == whole
        total = whole.count(b"\n")
        return (
            f"{killed} kills of a run of {total} trials ({seconds:.0f} s alone): {kept} records at the last kill, "
            f"{half} half-written lines; the records in the end are {'the same bytes' if same else 'DIFFERENT'}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--items", type=int, default=200, help="items of the study; more of them last longer")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(campaign(given.kills, given.items, given.seed))


if __name__ == "__main__":
    main()
