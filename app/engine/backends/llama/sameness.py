"""Whether a batch gives the very logits that one token after the other gives.

It often does not. ggml has other kernels for several rows than for one, which add in
another order, and where activations are quantized the last bit of a sum may become a
whole step. Measured with llama-cpp-python 0.3.36 on a processor with AVX-512 and VNNI,
batches of 2, 3, 4 and 8 rows against single tokens, logits of all tokens compared:

* Same bits: Q8_0 in all sizes; Q4_0 up to 4 rows (8 rows: 2e-6); Q4_K_M up to 3.
* Other bits: F32 and F16 (1e-3 to 1e-2), BF16 (1e-2), Q4_K_M from 4 rows on (6e-2, and
  the likeliest token was another one in 3 of 160 places).
* On a processor attention to 512 cells or more, which llama.cpp has from 257 tokens on,
  is divided among the threads for a single token and not for several: SmolLM2-135M in
  Q4_1 then differs by 0.5 in the median and by up to 2.4, and the likeliest token was
  another one in 4 of 112 places.

No margin between the best and the second best token makes up for that: what was
evaluated in a batch stays in the cache, and all later tokens look back on it. So where
a text must be the same with drafts and without, the same bits are asked for. They are
looked for where drafts are wanted: a batch is evaluated, taken back, and the logits of
the single tokens that follow are compared with it.
"""

from typing import Final

from app.engine.backends.llama.payoff import ROWS

CELLS: Final = 256
"""llama.cpp rounds the cells that attention looks at up to a multiple of this."""
_MOST_TRIALS: Final = 8


def cells(tokens: int) -> int:
    """The number of the block of cells that so many tokens fill, from 0."""
    return (tokens - 1) // CELLS


class Sameness:
    """What is known of batches of one model on this machine."""

    def __init__(self) -> None:
        self._differs_from: dict[int, int] = {}
        self._proofs: dict[tuple[int, int], list[bool]] = {}
        self._trials: dict[tuple[int, int], int] = {}

    def known(self, rows: int, block: int) -> bool | None:
        """Whether batches of so many rows are the same; None when it may be tried.

        Args:
            rows: Rows of the batch.
            block: Of its last token, see `cells`.
        """
        if block >= self._differs_from.get(rows, block + 1):
            return False
        proofs = self._proofs.get((rows, block))
        if proofs and all(proofs):
            return True
        tried = self._trials.get((rows, block), 0)
        return None if tried < _MOST_TRIALS else False

    def hopeless(self, tokens: int) -> bool:
        """Whether no batch behind so many tokens is, or can turn out to be, the same.

        Further on none is either: what differs here differs there too.
        """
        block = cells(tokens + 1)
        return all(self._differs_from.get(rows, block + 1) <= block for rows in ROWS)

    def tries(self, rows: int, block: int) -> None:
        """Notes that a trial is made: there are only so many."""
        self._trials[rows, block] = self._trials.get((rows, block), 0) + 1

    def compared(self, rows: int, block: int, row: int, *, same: bool) -> None:
        """Takes the comparison of one row; what differs here differs further on."""
        if not same:
            least = self._differs_from.get(rows, block)
            self._differs_from[rows] = min(least, block)
            return
        proofs = self._proofs.setdefault((rows, block), [False] * rows)
        proofs[row] = True
