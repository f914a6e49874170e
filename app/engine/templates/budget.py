"""How much a template may do: a bound on work and on memory, the same everywhere.

Counted, not timed: what is refused here is refused on every machine, whatever else it
is doing. A unit is about what Jinja needs for one expression, or Python for one item of
a list: a fraction of a microsecond.
"""

from typing import Final

_WORK: Final = 2_000_000
"""Units, whatever the chat."""
_WORK_OF_A_PAIR: Final = 16
"""Units for each pair of messages: some templates look at all others for each one.
The hungriest that is published takes 5."""
_MADE: Final = 32 * 1024 * 1024
"""Characters and items in all values that are made, however long they are kept."""
_MADE_OF_A_PAIR: Final = 4
"""For each message and each character of the chat: some templates put their output
together piece by piece, and have a new text each time. Those published take 1."""
_MOST_AT_ONCE: Final = 4 * 1024 * 1024
"""Of these in one value."""
_MOST_PIECES: Final = 100_000
"""That a text may be split into: each is an object."""
_MOST_BITS: Final = 4096
"""Of an integer; longer ones are slow to multiply and to write down."""
_CHARACTERS: Final = 1024
"""Of text, that are read or written in one unit."""
_ITEMS: Final = 64
"""Of a list, that are looked through in one unit."""


class BudgetError(Exception):
    """A template wants more than it may have."""


class Budget:
    """What is left for one rendering.

    Args:
        messages: How many there are to be rendered.
        characters: How many they have together.
    """

    def __init__(self, messages: int = 0, characters: int = 0) -> None:
        self._work = _WORK + _WORK_OF_A_PAIR * messages * messages
        self._made = _MADE + _MADE_OF_A_PAIR * messages * characters

    def spend(self, work: int = 1) -> None:
        """Before anything that takes time.

        Raises:
            BudgetError: There has been too much of it.
        """
        self._work -= work
        if self._work < 0:
            msg = "it does not come to an end"
            raise BudgetError(msg)

    def load(self, value: object) -> None:
        """Before a value is used: whatever is done with it takes time by its size."""
        if isinstance(value, str):
            self.spend(1 + len(value) // _CHARACTERS)
        elif isinstance(value, list | tuple | dict):
            self.spend(1 + len(value) // _ITEMS)
        else:
            self.spend()

    def make(self, value: object) -> None:
        """After a value was made.

        Raises:
            BudgetError: It is too large, or all of them together are.
        """
        size = self._size(value)
        self._made -= size
        if self._made < 0:
            msg = "it makes too much text"
            raise BudgetError(msg)

    def _size(self, value: object) -> int:
        """Characters and items in a value, in each place that they are in."""
        self.spend()
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise _too_long_a_number()
        size, waiting = 0, [value]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                size += len(part)
                self.spend(len(part) // _CHARACTERS)
            elif isinstance(part, list | tuple | dict):
                size += len(part)
                self.spend(len(part))
                waiting += part
                waiting += part.values() if isinstance(part, dict) else ()
            checked_size(size)
        return size


def checked_size(size: int) -> int:
    """The size of a value that is about to be made.

    Raises:
        BudgetError: It would be too large.
    """
    if size > _MOST_AT_ONCE:
        msg = "a text or a list is too long"
        raise BudgetError(msg)
    return size


def check_pieces(pieces: list[str]) -> None:
    """Before pieces of a text get their marks.

    Raises:
        BudgetError: There are too many.
    """
    if len(pieces) > _MOST_PIECES:
        msg = "a text has too many pieces"
        raise BudgetError(msg)


def check_product(left: object, right: object) -> None:
    """Before a multiplication, of numbers or of a text or list with a number.

    Raises:
        BudgetError: The result would be too large.
    """
    for value, times in ((left, right), (right, left)):
        if isinstance(value, str | list | tuple) and isinstance(times, int):
            checked_size(len(value) * max(0, times))


def check_power(base: object, exponent: object) -> None:
    """Before a power.

    Raises:
        BudgetError: The result would be too large.
    """
    if isinstance(base, int) and isinstance(exponent, int):
        bits = base.bit_length() * max(0, exponent)
        if bits > _MOST_BITS:
            raise _too_long_a_number()


def _too_long_a_number() -> BudgetError:
    return BudgetError("a number is too long")
