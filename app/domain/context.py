"""Which turns of a long conversation the model still sees."""

from collections.abc import Collection, Sequence


def oldest_turns(
    sizes: Sequence[int], excess: int, *, pinned: Collection[int] = ()
) -> tuple[int, ...]:
    """The oldest turns that must go so that a prompt becomes shorter.

    Whole turns, no more of them than needed.

    Args:
        sizes: Tokens of each turn, oldest first.
        excess: Tokens that are too many.
        pinned: Indices of turns that stay.

    Returns:
        Indices in order; all that may go when even that is not enough.
    """
    chosen: list[int] = []
    for index, size in enumerate(sizes):
        if excess <= 0:
            break
        if index not in pinned:
            chosen.append(index)
            excess -= size
    return tuple(chosen)
