"""What takes how much of a model's window: tokens, and what follows from them."""

from dataclasses import dataclass
from typing import Final

_LEAST_ANSWER: Final = 64
"""Tokens without which a message is not worth sending: an answer of a sentence."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Tokens of the window, by what takes them.

    Attributes:
        prefix: Instructions and tools.
        history: The turns that the model sees.
        draft: What is being written.
        files: Each file that goes along.
        total: The window; 0 while no model is there.
        reserved: What is kept free for the answer at least.
        exact: Whether the model's vocabulary has counted all of it.
    """

    prefix: int = 0
    history: int = 0
    draft: int = 0
    files: tuple[int, ...] = ()
    total: int = 0
    reserved: int = 0
    exact: bool = False

    @property
    def used(self) -> int:
        """All that the next prompt takes."""
        return self.prefix + self.history + self.draft + sum(self.files)

    @property
    def room(self) -> int:
        """What is left for the answer."""
        return max(0, self.total - self.used)

    @property
    def left(self) -> int:
        """What the message may still grow by, if all earlier turns go.

        Negative where it takes from what is kept free for the answer.
        """
        taken = self.prefix + self.draft + sum(self.files)
        return self.total - self.reserved - taken

    @property
    def excess(self) -> int:
        """Tokens by which the message is too long, though all earlier turns go.

        It may take from what is kept free for the answer, but not all of it. 0 where
        it fits.
        """
        if not self.total:
            return 0
        return max(0, -self.left - self.reserved + min(self.reserved, _LEAST_ANSWER))

    @property
    def fits(self) -> bool:
        """Whether the message can be sent, if need be with fewer turns before it."""
        return not self.excess

    @property
    def forgets(self) -> bool:
        """Whether earlier turns have to go so that the message fits."""
        return self.history > 0 and self.used > self.total - self.reserved > 0
