"""The mask rows that were built, by state, within a limit of memory."""

from __future__ import annotations

from fsmgen.tokens.bitmask import Row


class RowBank:
    """Rows by state. A full bank is emptied: a row that is gone is built again, so nothing but time is lost.

    Attributes:
        get: the row of a state, if it is here.
    """

    def __init__(self, vocabulary_size: int, row_bytes: int) -> None:
        self._capacity = max(1, row_bytes // (4 * -(-vocabulary_size // 32)))
        self._kept = 0
        self._rows: dict[int, Row] = {}
        self.get = self._rows.get

    def keep(self, state: int, row: Row) -> Row:
        """Keep a new row, read-only, and give it back."""
        if self._kept >= self._capacity:
            self._rows.clear()
            self._kept = 0
        row.setflags(write=False)
        self._kept += 1
        return self.share(state, row)

    def share(self, state: int, row: Row) -> Row:
        """Let the state have the row of another one."""
        self._rows[state] = row
        return row
