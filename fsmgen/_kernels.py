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
from numba import types
from numba.core import cgutils, config
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import models, register_model
from numba.np.arrayobj import make_array, populate_array

from fsmgen.caching import cache_folder

_F = TypeVar("_F", bound=Callable[..., Any])
_log = logging.getLogger("fsmgen")


@cache
def kernel_folder() -> Path:
    """Where compiled kernels are kept; an empty one is announced, since filling it takes half a minute."""
    sources = sorted(Path(__file__).parent.rglob("_kernels.py"))
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    folder = cache_folder("kernels", digest.hexdigest()[:16])
    if not any(folder.iterdir()):
        _log.warning("fsmgen compiles its kernels, once on this machine (half a minute), into %s", folder)
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


def _compiled(function: Callable[..., Any], **options: bool | str) -> Any:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(kernel_folder())
    try:
        return numba.njit(cache=True, nogil=True, **options)(function)
    finally:
        config.CACHE_DIR = before


def c_function(function: Callable[..., Any], signature: Any) -> Any:
    """The same as a function of C, whose machine code lies at `address` as long as what is returned is kept."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(kernel_folder())
    try:
        return numba.cfunc(signature, cache=True, nopython=True, _nrt=False)(function)
    finally:
        config.CACHE_DIR = before


_NETWORK_GRIDS, _WORK_GRIDS = {"edges", "calls", "nearer"}, {"pairs", "unions", "holes", "known_unions"}
GRIDS = frozenset({"items", "pairs", "transitions", "near_state", "near_context", "follows"} | _NETWORK_GRIDS | _WORK_GRIDS)
"""The parts of tables that have two dimensions."""


class View(types.Type):  # type: ignore[misc]
    """The type of a named tuple of arrays of int32 that are parts of one table, in compiled code: two pointers.

    To hand over all these arrays takes 7 machine words for each, and long to compile: a view finds a part when it is asked for.

    Attributes:
        fields: the names of the parts.
        first: where in the layout they begin.
        is_fixed: whether the layout is older than the call, so that what was read of it need not be read again.
    """

    def __init__(self, name: str, fields: tuple[str, ...], first: int, is_fixed: bool) -> None:
        self.fields, self.first, self.is_fixed = fields, first, is_fixed
        super().__init__(f"{name}View({first}, {is_fixed})")


@register_model(View)
class _ViewModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, manager: Any, view: View) -> None:
        super().__init__(manager, view, [("table", types.CPointer(types.int32)), ("layout", types.CPointer(types.int64))])


@infer_getattr
class _ViewParts(AttributeTemplate):  # type: ignore[misc]
    key = View

    def generic_resolve(self, view: View, name: str) -> Any:
        return types.Array(types.int32, 2 if name in GRIDS else 1, "C") if name in view.fields else None


@lower_getattr_generic(View)  # type: ignore[untyped-decorator]
def _part(context: Any, builder: Any, view: View, value: Any, name: str) -> Any:
    """The array of a part: its place, rows and columns are in the layout."""
    parts, kind = cgutils.create_struct_proxy(view)(context, builder, value), types.Array(types.int32, 2 if name in GRIDS else 1, "C")
    row, array = 3 * (view.first + view.fields.index(name)), make_array(kind)(context, builder)

    def fact(column: int) -> Any:
        loaded = builder.load(builder.gep(parts.layout, [context.get_constant(types.intp, row + column)]))
        if view.is_fixed:
            loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    shape, size = [fact(1), fact(2)][: kind.ndim], context.get_constant(types.intp, 4)
    strides = [builder.mul(shape[1], size), size] if kind.ndim == 2 else [size]
    data, unowned = builder.gep(parts.table, [fact(0)]), cgutils.get_null_value(array.meminfo.type)
    populate_array(
        array, data, shape=cgutils.pack_array(builder, shape), strides=cgutils.pack_array(builder, strides), itemsize=size, meminfo=unowned
    )
    return array._getvalue()


def view_at(context: Any, builder: Any, view: View, table: Any, layout: Any) -> Any:
    """A value of the type, from the addresses of a table and its layout."""
    result = cgutils.create_struct_proxy(view)(context, builder)
    result.table, result.layout = table, layout
    return result._getvalue()


def address_of(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Where an array's data begins; or the value itself, which is an address."""
    return make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
