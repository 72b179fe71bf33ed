"""The kernel that builds every transition of a state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel
from fsmgen.grammar._kernels import Net, Pools, Work, build


@kernel
def complete(net: Net, pools: Pools, work: Work, examples: NDArray[np.int32], state: int) -> bool:
    """Build the transitions of a state that are missing.

    Args:
        examples: int32[C], a label of each class.

    Returns:
        False if there is no room for another state: make some, and call again.
    """
    for label_class in range(len(examples)):
        if pools.transitions[state, label_class] < 0:
            target = build(net, pools, work, state, examples[label_class])
            if target < 0:
                return False
            pools.transitions[state, label_class] = target
    return True
