"""llama.cpp's list of candidates for a token, with NumPy's view of the same memory.

The rows are llama.h's `llama_token_data`: `id` (int32), `logit` and `p` (float32).
"""

import ctypes
from typing import Any, Final

import numpy as np
from llama_cpp import llama_cpp as ll
from numpy.typing import NDArray

Logits = NDArray[np.float32]
_ROW: Final = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
_NONE: Final = -1


def logits_at(context: ll.llama_context_p, index: int, size: int) -> Logits:
    """The logits at an index of the last batch: a view that the next batch changes."""
    pointer = ll.llama_get_logits_ith(context, index)
    address = ctypes.addressof(pointer.contents)
    memory = memoryview((ctypes.c_float * size).from_address(address))
    return np.frombuffer(memory, np.float32)


class TokenData:
    """Room for candidates, allocated once."""

    def __init__(self, room: int) -> None:
        """Makes room for so many candidates, which are the tokens 0, 1, ….

        They can be others: see `put`.
        """
        self._every: Final[NDArray[np.int32]] = np.arange(room, dtype=np.int32)
        self._rows: Final[NDArray[Any]] = np.empty(room, _ROW)
        data = self._rows.ctypes.data_as(ctypes.POINTER(ll.llama_token_data))
        self._native = ll.llama_token_data_array(data=data)

    @property
    def logits(self) -> Logits:
        """Those of the tokens, in the order of the tokens; changed by samplers."""
        logits: Logits = self._rows["logit"]
        return logits

    def fill(self, context: ll.llama_context_p, index: int) -> None:
        """Takes the logits at an index of the last batch."""
        self.put(logits_at(context, index, len(self._rows)))

    def put(self, logits: Logits, ids: NDArray[np.int32] | None = None) -> None:
        """Takes logits.

        Args:
            logits: One for each candidate, at most as many as there is room.
            ids: Their tokens; None where they are 0, 1, ….
        """
        count = len(logits)
        self._rows["id"][:count] = self._every[:count] if ids is None else ids
        self._rows["logit"][:count] = logits
        self._native.size = count
        self._native.selected = _NONE
        self._native.sorted = False

    def apply(self, sampler: "ll.llama_sampler_p") -> None:
        """Lets a sampler change the list."""
        ll.llama_sampler_apply(sampler, ctypes.byref(self._native))

    def chosen_by(self, chain: "ll.llama_sampler_p") -> int:
        """The token that a chain selects; the list is what it left of it afterwards."""
        self.apply(chain)
        return int(self._rows["id"][self._native.selected])
