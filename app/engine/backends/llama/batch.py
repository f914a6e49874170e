"""llama.cpp's input: tokens, their places, and the sequences they belong to."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from llama_cpp import llama_cpp as ll


@dataclass(frozen=True, slots=True)
class Placed:
    """A token and where it belongs.

    Attributes:
        token: Its id.
        position: Its place in the sequence, from 0.
        sequence: The sequence.
    """

    token: int
    position: int
    sequence: int


class Batch:
    """Room for tokens, allocated once.

    Attributes:
        room: Tokens that fit.
    """

    def __init__(self, room: int, sequences: int) -> None:
        """Allocates.

        Args:
            room: Tokens that shall fit.
            sequences: Sequences that there are, of which 0 is the usual one.
        """
        self.room: Final = room
        self._tokens = (ll.llama_token * room)()
        self._positions = (ll.llama_pos * room)()
        self._logits = (ctypes.c_int8 * room)()
        self._ids = [(ll.llama_seq_id * 1)(number) for number in range(sequences)]
        pointer = ctypes.POINTER(ll.llama_seq_id)
        self._sequences = [ctypes.cast(id_, pointer) for id_ in self._ids]
        self._of = (pointer * room)(*[self._sequences[0]] * room)
        self._native = ll.llama_batch(
            token=self._tokens,
            pos=self._positions,
            n_seq_id=(ctypes.c_int32 * room)(*[1] * room),
            seq_id=self._of,
            logits=self._logits,
        )

    def fill(
        self, tokens: Sequence[int], position: int, *, logits: int
    ) -> ll.llama_batch:
        """The batch for tokens of sequence 0 that begin at a position.

        Args:
            tokens: At most `room`.
            position: Of the first.
            logits: How many of the last ones' logits are wanted.
        """
        count = len(tokens)
        self._tokens[:count] = list(tokens)
        self._positions[:count] = list(range(position, position + count))
        ctypes.memset(self._logits, 0, count)
        for slot in range(count - logits, count):
            self._logits[slot] = True
        self._native.n_tokens = count
        return self._native

    def fill_one(self, token: int, position: int) -> ll.llama_batch:
        """The batch for one token of sequence 0 at a position, with its logits.

        What `fill` does in general, for the one case that comes at every word.
        """
        self._tokens[0] = token
        self._positions[0] = position
        self._logits[0] = True
        self._native.n_tokens = 1
        return self._native

    def fill_each(self, placed: Sequence[Placed]) -> ll.llama_batch:
        """The batch for one token of each of several sequences, all with logits.

        It must be used before the next one is filled.
        """
        for slot, one in enumerate(placed):
            self._tokens[slot] = one.token
            self._positions[slot] = one.position
            self._of[slot] = self._sequences[one.sequence]
            self._logits[slot] = True
        self._native.n_tokens = len(placed)
        return self._native

    def reset(self) -> None:
        """Back to sequence 0, after `fill_each`."""
        for slot in range(min(len(self._sequences), self.room)):
            self._of[slot] = self._sequences[0]
