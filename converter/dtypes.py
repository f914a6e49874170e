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
