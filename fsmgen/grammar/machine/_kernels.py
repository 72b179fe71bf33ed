"""The tables of an automaton, as kernels see them: parts of three arrays of int32, those of the network, of the states and of the work.

A fourth array says where in them each part lies: Python hands over four arrays, since to hand over 41 would take longer than a step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.core import config
from numba.extending import intrinsic
from numpy.typing import NDArray

from fsmgen._kernels import View, address_of, view_at

Ints = NDArray[np.int32]
NEVER = 2**31 - 1
FAR = 2**30
"""Distances are not counted beyond this."""
ROOT = 0
"""The pseudo-state to which rule 0 returns: the text may end."""
HOLES, FOLLOWS = 16, 128
"""How many contexts of a state a signature keeps apart, and how many sets of labels that may follow them; see `signatures`."""
SCANS, CALLS, ENDS = 1, 2, 4
"""Bits of `Net.kind`: the state reads labels, calls rules, accepts for its rule."""
STATES, ITEMS, CONTEXTS, PAIRS, FULL, STAMP, UNIONS, MISSING, KNOWN_FOLLOWS = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""Places in `Pools.used`."""


class Net(NamedTuple):
    """A network in normal form, packed.

    Attributes:
        edge_head: int32[Q + 1], into `edges`.
        edges: int32[E, 3], rows (lowest label, highest label, target).
        close_head: int32[Q + 1], into `close`.
        close: int32[], for each state the states that read, call or accept and are reached from it by empty moves, itself included.
        call_head: int32[Q + 1], into `calls`.
        calls: int32[K, 3], rows (rule, target, 1 if the target only returns).
        kind: int32[Q], bits SCANS, CALLS, ENDS; none for ROOT.
        start: int32[R], start state of each rule, -1 for one that is not made yet; a rule that begins with a call has a lower number than
            the one it calls, except for rules that were made later, which come last.
        lead: int32[Q], the rule that a state is at the beginning of, else -1.
        distance: int32[Q], fewest labels to the end of the rule.
        nearer: int32[H, Q], for each of H horizons a state that cannot be told from q by so few bytes; q itself without counts.
        classes: int32[L], the class of each label.
        examples: int32[C], a label of each class.
    """

    edge_head: Ints
    edges: Ints
    close_head: Ints
    close: Ints
    call_head: Ints
    calls: Ints
    kind: Ints
    start: Ints
    lead: Ints
    distance: Ints
    nearer: Ints
    classes: Ints
    examples: Ints


class Pools(NamedTuple):
    """The growing tables.

    Attributes:
        used: int32[9]: states, items, contexts, pairs, unions, follows in use; FULL is set where room is lacking, or a rule, and then
            MISSING is its number; STAMP counts steps.
        state_head: int32[S + 1], into `items`.
        items: int32[I, 2], rows (q, context), ascending but for ROOT, which comes last.
        context_head: int32[X + 1], into `pairs`.
        pairs: int32[P, 2], rows (return state, context), ascending.
        context_distance: int32[X], fewest labels from a return into the context to the end of the text.
        transitions: int32[S, C]; less than 0 where there is one that is not built yet, and no other, so that a state has a label if its
            transition is not 0.
        distances: int32[S], fewest labels to acceptance.
        near_state: int32[S, H], what `near_state` found; 0 where it was not asked.
        near_context: int32[X, H], the same for contexts.
        signature: int32[S], the signature of each state; 0 where it was not asked.
        returned: int32[X], the state after a return into each context; 0 or less where it was not asked.
        follows: int32[FOLLOWS, C], 1 for each class of a set of labels.
    """

    used: Ints
    state_head: Ints
    items: Ints
    context_head: Ints
    pairs: Ints
    context_distance: Ints
    transitions: Ints
    distances: Ints
    near_state: Ints
    near_context: Ints
    signature: Ints
    returned: Ints
    follows: Ints


class Work(NamedTuple):
    """Room for one step, and the hash tables, which can be made anew from the pools.

    Attributes:
        slot: int32[Q], the context of each item of the set in the making; 0 where there is none. Zeroed after each step.
        touched: int32[Q], the states of that set.
        rule_context: int32[R], the context of each rule called here; 0 where it is not called.
        queued: int32[R], whether a rule is in the heap.
        heap: int32[R], rules to be started, a heap with the lowest first.
        popped: int32[X], step at which a context was last returned to.
        stack: int32[X + 1], contexts to return to.
        pairs: int32[Q, 2], a context in the making.
        unions: int32[X + 1, 2], unions that wait for those inside them.
        sizes: int32[7], how many of `touched`, of `stack`, of `marks` and, from its end on, of `stack` again are in use; a context that was
            returned into twice; and the first and the last label that the same moves read.
        marks: int32[2 * HOLES], the holes of a signature that the set in the making returned into, and those that it left.
        holes: int32[HOLES, 2], contexts of a state, and the contexts that stand for them in its signature.
        state_slots: int32[power of two], hash table of states; 0 is free.
        context_slots: int32[power of two], hash table of contexts; 0 is free.
        known_unions: int32[power of two, 3], hash table of unions (one, other, union); 0 is free.
    """

    slot: Ints
    touched: Ints
    rule_context: Ints
    queued: Ints
    heap: Ints
    popped: Ints
    stack: Ints
    pairs: Ints
    unions: Ints
    sizes: Ints
    marks: Ints
    holes: Ints
    state_slots: Ints
    context_slots: Ints
    known_unions: Ints


class Machine(NamedTuple):
    """The three tables, opened."""

    net: Net
    pools: Pools
    work: Work


Layout = NDArray[np.int64]
"""int64[F + 1, 3], for each field of Net, Pools and Work: where in its table it begins, its rows, and its columns if it has two dimensions;
and in the last row what `builder_address` gives.
"""
POOLS, WORK, SLOTS, FIELDS = 13, 26, 38, 41
"""Where in the layout the fields of Pools and Work and the hash tables begin, and how many fields there are."""
CALL_ROWS, KIND, CLASSES = 5, 6, 12
"""Where in the layout `Net.calls` is; `Net.kind`, whose rows are the states that there is room for; and `Net.examples`, whose rows are the
classes."""


def parts(table: Ints, layout: Layout) -> Iterator[Ints]:
    """The parts of a table, each of one or two dimensions."""
    for begin, rows, columns in layout.tolist():
        yield table[begin : begin + rows * columns].reshape(rows, columns) if columns else table[begin : begin + rows]


def _opened(net: Ints, pools: Ints, work: Ints, layout: Layout) -> Machine:
    """The tables' parts."""
    return Machine(
        Net(*parts(net, layout[:POOLS])), Pools(*parts(pools, layout[POOLS:WORK])), Work(*parts(work, layout[WORK:FIELDS]))
    )


def _net_of(table: Ints, layout: Layout) -> Net:
    """The network's parts. Nothing but the table itself keeps them in memory."""
    return Net(*parts(table, layout[:POOLS]))


VIEWS = tuple(View(kind.__name__, kind._fields, first, True) for kind, first in ((Net, 0), (Pools, POOLS), (Work, WORK)))
_MACHINE, _NEW_NET = types.NamedTuple(VIEWS, Machine), View(Net.__name__, Net._fields, 0, False)


@intrinsic  # type: ignore[untyped-decorator]
def _opened_compiled(typing: Any, net: Any, pools: Any, work: Any, layout: Any) -> Any:  # noqa: ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *tables, last = [address_of(context, builder, *pair) for pair in zip(signature.args, arguments, strict=True)]
        views = [view_at(context, builder, view, table, last) for view, table in zip(VIEWS, tables, strict=True)]
        return context.make_tuple(builder, _MACHINE, views)

    return _MACHINE(net, pools, work, layout), generate


@intrinsic  # type: ignore[untyped-decorator]
def _net_of_compiled(typing: Any, table: Any, layout: Any) -> Any:  # noqa: ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first, last = (address_of(context, builder, *pair) for pair in zip(signature.args, arguments, strict=True))
        return view_at(context, builder, _NEW_NET, first, last)

    return _NEW_NET(table, layout), generate


opened, net_of = (_opened, _net_of) if config.DISABLE_JIT else (_opened_compiled, _net_of_compiled)
