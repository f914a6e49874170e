"""How many of a model's last layers each graphics card carries.

llama.cpp gives whole layers to cards, in their order, from some layer to the last one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.domain.hardware import Device, Share


@dataclass(frozen=True, slots=True)
class Room:
    """What a card has for layers.

    Attributes:
        device: The card.
        buffers: Bytes that it needs beside layers.
        size: Bytes that are left for layers; negative when there is no room at all.
    """

    device: Device
    buffers: int
    size: int


def fullest(sizes: Sequence[int], rooms: Sequence[Room]) -> tuple[Share, ...]:
    """The most layers that fit, on as few cards as possible.

    Args:
        sizes: Bytes of each layer.
        rooms: The cards in the order in which they are filled.
    """
    for first in range(len(sizes)):
        shares = _filled(sizes[first:], rooms)
        if shares:
            return shares
    return ()


def largest_by_split(
    sizes: Sequence[int], rooms: Sequence[Room], split: Sequence[float]
) -> tuple[Share, ...]:
    """The most layers that fit when the cards carry them in these proportions."""
    fits = {room.device.name: room.size + room.buffers for room in rooms}
    for first in range(len(sizes)):
        shares = by_split(sizes[first:], rooms, split)
        if all(share.size <= fits[share.device] for share in shares):
            return shares
    return ()


def by_split(
    sizes: Sequence[int], rooms: Sequence[Room], split: Sequence[float]
) -> tuple[Share, ...]:
    """All layers in these proportions, whether they fit or not.

    Rounds as llama.cpp does: a layer belongs to the first card whose summed part is
    above the layer's own place.

    Args:
        sizes: Bytes of each layer.
        rooms: The cards.
        split: Parts of the cards, in the same order; a card without one has none.
    """
    parts = [max(0.0, part) for part in split[: len(rooms)]]
    if not sum(parts):
        parts = [1.0] * len(rooms)
    sums = [total / sum(parts) for total in accumulate(parts)]
    shares = []
    first = 0
    for room, end in zip(rooms, sums, strict=False):
        last = sum(layer / len(sizes) < end for layer in range(len(sizes)))
        if last > first:
            shares.append(_share(room, sizes[first:last]))
            first = last
    return tuple(shares)


def _filled(sizes: Sequence[int], rooms: Sequence[Room]) -> tuple[Share, ...]:
    """One card after the other until all layers are placed; empty if they are not."""
    shares = []
    first = 0
    for room in rooms:
        fitting = sum(total <= room.size for total in accumulate(sizes[first:]))
        if fitting:
            shares.append(_share(room, sizes[first : first + fitting]))
            first += fitting
    return tuple(shares) if first == len(sizes) else ()


def _share(room: Room, sizes: Sequence[int]) -> Share:
    device = room.device
    size = sum(sizes) + room.buffers
    return Share(
        device=device.name,
        description=device.description,
        layers=len(sizes),
        size=size,
    )
