"""The kernel that builds every transition of a state."""

from __future__ import annotations

from fsmgen._kernels import entry_kernel
from fsmgen.grammar._kernels import step
from fsmgen.grammar.machine._kernels import Ints, Layout, opened


@entry_kernel
def complete(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout, state: int) -> bool:
    """Build the transitions of a state that are missing.

    Returns:
        False if there is no room for another state: make some, and call again.
    """
    machine = opened(net_table, pools_table, work_table, layout)
    for label_class in range(len(machine.net.examples)):
        if step(machine, state, label_class) < 0:
            return False
    return True
