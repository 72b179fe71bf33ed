"""`python -m fsmgen` and the console script `fsmgen`."""

from fsmgen.cli import main

if __name__ == "__main__":
    main()
