"""`kernel`, the one way in which fsmgen compiles a function with numba.

A kernel takes arrays and ints, writes its results into an `out` argument, holds no GIL, and is cached on disk. Numba's cache does not
notice an edit in another file, so the cache folder is named by a hash of the sources of all kernels.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array
from numpy.typing import NDArray

from fsmgen.caching import cache_folder

_F = TypeVar("_F", bound=Callable[..., Any])
_log = logging.getLogger("fsmgen")


@cache
def kernel_folder() -> Path:
    """Where compiled kernels are kept; an empty one is announced, since filling it takes some seconds."""
    sources = sorted(Path(__file__).parent.rglob("_kernels.py"))
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    folder = cache_folder("kernels", digest.hexdigest()[:16])
    if not any(folder.iterdir()):
        _log.warning("fsmgen compiles its kernels, once on this machine (some seconds), into %s", folder)
    return folder


def kernel(function: _F) -> _F:
    """Compile `function` on its first call, or load it from the cache."""
    return cast(_F, _compiled(function))


def entry_kernel(function: _F) -> _F:
    """The same for a function that is called for every token and makes no arrays: the call takes half the time if none are counted."""
    return cast(_F, _compiled(function, _nrt=False))


def step_kernel(function: _F) -> _F:
    """The same for a function that only kernels call and that makes no arrays.

    Without a way in from Python it compiles in half the time; and it need not count references to the arrays that it is given, which
    would cost more than a step. It must not call itself: such a function, loaded from the cache, ends the process.
    """
    return cast(_F, _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False))


def part_kernel(function: _F) -> _F:
    """A step kernel that the machine code of its callers contains: to hand over all tables to a call takes longer than most such parts."""
    return cast(_F, _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False, forceinline=True))


def inlined_kernel(function: _F) -> _F:
    """The same for a function that gives back parts of arrays: without counted references only the caller itself may make these."""
    return cast(_F, _compiled(function, inline="always", _nrt=False))


def _compiled(function: Callable[..., Any], **options: bool | str) -> Any:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(kernel_folder())
    try:
        return numba.njit(cache=True, nogil=True, **options)(function)
    finally:
        config.CACHE_DIR = before


def _part(table: NDArray[np.int32], first: int, rows: int, columns: int) -> NDArray[np.int32]:
    """int32[rows, columns] from `first` on, in a table of one dimension."""
    return table[first : first + rows * columns].reshape(rows, columns)


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_part(typing: Any, table: Any, first: Any, rows: Any, columns: Any) -> Any:  # noqa: ARG001
    """The same in a few instructions; numba's `reshape` is a call, which takes longer than a step."""
    result = types.Array(table.dtype, 2, "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole, view = make_array(table)(context, builder, arguments[0]), make_array(result)(context, builder)
        size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(table.dtype)))
        at, height, width = (context.cast(builder, arguments[i], signature.args[i], types.intp) for i in (1, 2, 3))
        shape, strides = (cgutils.pack_array(builder, pair) for pair in ([height, width], [builder.mul(width, size), size]))
        unowned = cgutils.get_null_value(view.meminfo.type)
        populate_array(view, builder.gep(whole.data, [at]), shape=shape, strides=strides, itemsize=size, meminfo=unowned)
        return view._getvalue()

    return result(table, first, rows, columns), generate


part = _part if config.DISABLE_JIT else _compiled_part
