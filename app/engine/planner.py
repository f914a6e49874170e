"""How a model is laid out on the devices of a computer.

Pure: the same needs, computer and wishes always give the same placement. What is free
is counted and not what is there, with a margin left for everybody else. The present
model has been given back before anything is counted, so own use never counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.domain.hardware import Device, KvType, Placement, Reason, Share
from app.engine.computer import Computer, room_on
from app.engine.memory import MIB, Needs
from app.engine.protocol import Load
from app.engine.spread import Room, by_split, fullest, largest_by_split

PROCESS: Final = 300 * MIB
"""The engine process without a model: Python, llama.cpp, a large vocabulary."""
DOUBLE: Final = 256 * MIB
"""Repacked weights that may be in memory twice for the sake of a faster start."""
GPU_BATCH: Final = 512
CPU_BATCH: Final = 128
"""Tokens evaluated in one call: between calls progress is told, and on a GPU only
there a prompt can be cancelled. On a CPU 512 are some 5 % faster, but would leave a
large model silent for a minute."""
_USEFUL_LAYERS: Final = 2
"""Fewer on a card do not pay: one is the output alone."""
_COPIES: Final = 2
"""Weights of the host that are on their way through a card with a large batch."""
_FITTING: Final = frozenset(
    {Reason.GPU_WHOLE, Reason.GPU_PART, Reason.FROM_DISK, Reason.TOO_LARGE}
)
"""Reasons that follow from what a placement takes."""


class Planner:
    """Lays one model out on one computer.

    Args:
        needs: What the model needs.
        computer: What there is.
        wishes: What the user chose by hand; followed even where that is not expected
            to work.
    """

    def __init__(self, needs: Needs, computer: Computer, wishes: Load) -> None:
        self._needs = needs
        self._computer = computer
        self._wishes = wishes
        self._context = needs.context(wishes.context)

    def plan(self) -> Placement:
        """The best placement that is expected to work.

        One with `Reason.TOO_LARGE` is the smallest that there is, and does not fit.
        """
        if not self._computer.gpus:
            return self.on_host(Reason.NO_GPU)
        if self._wishes.gpu_layers == 0:
            return self.on_host(Reason.BY_HAND)
        return self._on_gpus() or self.on_host(Reason.GPU_TOO_SMALL)

    def on_host(self, reason: Reason) -> Placement:
        """Everything on the processor: the first of its placements that fits."""
        candidates = map(self.measured, self._host_placements(reason))
        return min(candidates, key=_drawbacks)

    def from_disk(self, placement: Placement) -> Placement | None:
        """The same with nothing in memory that the file has too.

        None where that would change nothing, or must not be.
        """
        repacked = any(layer.repacked for layer in self._needs.layers)
        if self._wishes.mmap is False or (placement.mapped and not repacked):
            return None
        reasons = tuple(item for item in placement.reasons if item != Reason.NOT_MAPPED)
        return replace(placement, mapped=True, repacked=False, reasons=reasons)

    def measured(self, placement: Placement) -> Placement:
        """The placement with what it takes of the host, and reasons that say so."""
        fixed, pages = self._host_size(placement)
        # An integrated card has no memory but the host's.
        gpus = self._computer.gpus
        shared = {gpu.name for gpu in gpus if gpu.shares_host_memory}
        fixed += sum(share.size for share in placement.shares if share.device in shared)
        reasons = [reason for reason in placement.reasons if reason not in _FITTING]
        if placement.shares:
            whole = placement.gpu_layers == placement.layers
            reasons.insert(0, Reason.GPU_WHOLE if whole else Reason.GPU_PART)
        room = self._computer.host_room
        if fixed > room:
            reasons.append(Reason.TOO_LARGE)
        elif fixed + pages > room or not placement.repacked:
            reasons.append(Reason.FROM_DISK)
        return replace(placement, host_size=fixed + pages, reasons=tuple(reasons))

    def _on_gpus(self) -> Placement | None:
        """As many layers on the cards as fit; None when that is not worth it."""
        wanted = self._wishes.kv_type
        found = [
            placement
            for kv_type in ((wanted,) if wanted else KvType)
            if (placement := self._with_kv(kv_type)) is not None
        ]
        if not found:
            return None
        best = min(found, key=_drawbacks)
        return best if best is found[0] else because(best, Reason.KV_SMALLER)

    def _with_kv(self, kv_type: KvType) -> Placement | None:
        """The most layers on the cards with one kind of keys and values."""
        needs, wishes = self._needs, self._wishes
        layers = len(needs.layers)
        by_hand = wishes.gpu_layers is not None or bool(wishes.tensor_split)
        placement = Placement(
            layers=layers,
            kv_type=kv_type,
            batch=wishes.batch or GPU_BATCH,
            mapped=wishes.mmap is not False,
            reasons=(Reason.BY_HAND,) if by_hand else (),
        )
        kv = needs.kv(self._context, kv_type)
        sizes = [layer.size + kv for layer in needs.layers[:-1]]
        sizes.append(needs.layers[-1].size)
        rooms = [self._room(gpu, placement.batch) for gpu in self._computer.gpus]
        placement = replace(placement, shares=_shares(sizes, rooms, wishes))
        too_few = placement.gpu_layers < min(_USEFUL_LAYERS, layers)
        if wishes.gpu_layers is None and too_few:
            return None
        return self.measured(placement)

    def _room(self, device: Device, batch: int) -> Room:
        """What a card has for layers beside its buffers and the margin."""
        inner = self._needs.layers[:-1]
        flash = self._needs.flash_attention
        buffers = self._needs.compute(self._context, batch, flash=flash)
        buffers += _COPIES * max((layer.largest for layer in inner), default=0)
        return Room(device, buffers, room_on(device) - buffers)

    def _host_placements(self, reason: Reason) -> Iterator[Placement]:
        """The placements on the processor, from the fastest to the smallest."""
        needs, wishes = self._needs, self._wishes
        repacked = sum(layer.repacked for layer in needs.layers)
        mapped = repacked <= DOUBLE if wishes.mmap is None else wishes.mmap
        placement = Placement(
            layers=len(needs.layers),
            kv_type=wishes.kv_type or KvType.F16,
            batch=wishes.batch or CPU_BATCH,
            mapped=mapped,
            reasons=(reason,),
        )
        if not mapped and wishes.mmap is None:
            placement = because(placement, Reason.NOT_MAPPED)
        yield placement
        if wishes.kv_type is None:
            placement = replace(placement, kv_type=KvType.Q8_0)
            placement = because(placement, Reason.KV_SMALLER)
            yield placement
        placement = self.from_disk(placement) or placement
        yield placement

    def _host_size(self, placement: Placement) -> tuple[int, int]:
        """Bytes of the host that a placement takes.

        Returns:
            What cannot be had a second time, and pages of the mapped file, which the
            system may drop and read again.
        """
        needs = self._needs
        own = needs.layers[: placement.layers - placement.gpu_layers]
        weights = needs.input.size + sum(layer.size for layer in own)
        attending = min(len(own), placement.layers - 1)
        fixed = attending * needs.kv(self._context, placement.kv_type)
        # The processor has flash attention for every width.
        fixed += needs.compute(self._context, placement.batch, flash=True) + PROCESS
        if not placement.mapped:
            return fixed + weights, 0
        if placement.repacked and not placement.shares:
            fixed += sum(layer.repacked for layer in own)
        return fixed, weights


def because(placement: Placement, reason: Reason) -> Placement:
    """The same for one more reason."""
    return replace(placement, reasons=(*placement.reasons, reason))


def _drawbacks(placement: Placement) -> tuple[bool, int, bool]:
    """What speaks against a placement, the worst first."""
    from_disk = Reason.FROM_DISK in placement.reasons
    return (
        Reason.TOO_LARGE in placement.reasons,
        # The less there is in memory, the more of the file stays there.
        placement.host_size if from_disk else 0,
        bool(placement.shares) and placement.gpu_layers < placement.layers,
    )


def _shares(
    sizes: Sequence[int], rooms: Sequence[Room], wishes: Load
) -> tuple[Share, ...]:
    """What each card carries of the last layers."""
    wanted = wishes.gpu_layers
    if wishes.tensor_split:
        if wanted is None:
            return largest_by_split(sizes, rooms, wishes.tensor_split)
        return by_split(sizes[-wanted:], rooms, wishes.tensor_split)
    roomiest = sorted(rooms, key=lambda room: -room.size)
    if wanted is None:
        return fullest(sizes, roomiest)
    found = fullest(sizes[-wanted:], roomiest)
    if sum(share.layers for share in found) == min(wanted, len(sizes)):
        return found
    split = [max(1.0, float(room.size)) for room in roomiest]
    return by_split(sizes[-wanted:], roomiest, split)
