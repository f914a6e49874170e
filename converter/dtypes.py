"""Number types of stored tensors, and how they widen to what NumPy computes with."""

from enum import Enum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float16] | NDArray[np.float32]


class DType(Enum):
    """The type of a stored tensor's elements; the value is the name in messages."""

    F16 = "float16"
    BF16 = "bfloat16"
    F32 = "float32"
    F64 = "float64"
    U8 = "uint8"
    I8 = "int8"
    I16 = "int16"
    I32 = "int32"
    I64 = "int64"
    BOOL = "bool"

    @property
    def stored(self) -> np.dtype[Any]:
        """The little-endian NumPy type of the raw data; uint16 for bfloat16."""
        return _STORED[self]

    @property
    def size(self) -> int:
        """Bytes of one element."""
        return self.stored.itemsize

    @property
    def is_weight(self) -> bool:
        """Whether a dense weight may be stored so."""
        return self in {DType.F16, DType.BF16, DType.F32}


_STORED: dict[DType, np.dtype[Any]] = {
    DType.F16: np.dtype("<f2"),
    DType.BF16: np.dtype("<u2"),
    DType.F32: np.dtype("<f4"),
    DType.F64: np.dtype("<f8"),
    DType.U8: np.dtype("u1"),
    DType.I8: np.dtype("i1"),
    DType.I16: np.dtype("<i2"),
    DType.I32: np.dtype("<i4"),
    DType.I64: np.dtype("<i8"),
    DType.BOOL: np.dtype("?"),
}


_HALF_MASK = np.int32(-0x70002000)  # sign, and what is left of exponent and mantissa
_HALF_SHIFT = np.int32(13)
_HALF_SCALE = np.float32(2.0**112)  # from the bias of float16 to that of float32
_HALF_SIGN = np.uint16(0x8000)
_HALF_INFINITY = np.uint16(0x7C00)


def to_single(
    values: FloatArray, out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Returns finite numbers as contiguous float32, exactly.

    NumPy widens float16 number by number; this takes passes of whole registers and is
    seven times as fast. A float16's bits, moved to where a float32 has them, are the
    number but for a factor of 2**112, also where it is subnormal.

    Args:
        values: Numbers of any shape.
        out: Memory to use where they are not float32 already; of the same shape.
    """
    if values.dtype != np.float16:
        return np.ascontiguousarray(values, "<f4")
    if out is None:
        out = np.empty(values.shape, "<f4")
    bits = out.view(np.int32)
    np.copyto(bits, values.view(np.int16))  # the sign fills the upper half
    np.left_shift(bits, _HALF_SHIFT, out=bits)
    np.bitwise_and(bits, _HALF_MASK, out=bits)
    np.multiply(out, _HALF_SCALE, out=out)
    return out


def are_finite(values: FloatArray) -> bool:
    """Returns whether all numbers are finite."""
    if values.dtype == np.float16:
        exponents = values.view(np.uint16) & ~_HALF_SIGN
        return bool(exponents.max(initial=0) < _HALF_INFINITY)
    # A sum is finite only if all of its terms are, and is quicker than to look.
    with np.errstate(over="ignore", invalid="ignore"):
        total = values.sum(dtype=np.float32)
    return bool(np.isfinite(total) or np.isfinite(values).all())


def to_float(raw: NDArray[Any], dtype: DType) -> FloatArray:
    """Returns raw elements as float16 or float32, exactly.

    Args:
        raw: Elements as stored, of `dtype.stored`.
        dtype: A type for which `is_weight` holds.
    """
    if dtype is DType.BF16:
        # A bfloat16 is the upper half of the float32 of the same value.
        return (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)
    if dtype is DType.F16:
        return raw.astype(np.float16, copy=False)
    return raw.astype(np.float32, copy=False)
