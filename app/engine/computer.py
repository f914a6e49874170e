"""What there is to lay a model out on, and how much of it may be taken."""

from dataclasses import dataclass
from typing import Final, Self

from app.domain.hardware import Device, DeviceKind, Placement
from app.engine.memory import MIB

MARGIN: Final = 512 * MIB
MARGIN_SHARE: Final = 32
"""What is left to everybody else: `MARGIN` and this part of a device's memory."""
_SUSPECT: Final = 4
"""A model that takes less than this part of what is free has not exhausted it."""


@dataclass(frozen=True, slots=True)
class Computer:
    """What there is to lay a model out on.

    Attributes:
        host: The processor and this computer's memory.
        gpus: The devices that take layers, in ggml's order.
    """

    host: Device
    gpus: tuple[Device, ...] = ()

    @classmethod
    def of(cls, devices: tuple[Device, ...]) -> Self:
        """The computer with these devices; one of them is the processor."""
        host = next(item for item in devices if item.kind is DeviceKind.CPU)
        return cls(host, tuple(item for item in devices if item.takes_layers))

    @property
    def host_room(self) -> int:
        """Bytes of the host that a model may take."""
        return room_on(self.host)

    @property
    def free(self) -> int:
        """Bytes that are free on all devices together."""
        return self.host.free + sum(gpu.free for gpu in self.gpus)


def room_on(device: Device) -> int:
    """Bytes of a device that a model may take; negative when it is too full."""
    return device.free - MARGIN - device.total // MARGIN_SHARE


def may_exhaust(
    placement: Placement, computer: Computer, address_space: int | None
) -> bool:
    """Whether a process that died while it loaded may have died for want of memory.

    Args:
        placement: What was tried first.
        computer: Where.
        address_space: Bytes that the process may still map; None for no limit.
    """
    room = computer.host.free
    if address_space is not None:
        room = min(room, address_space)
    free = {gpu.name: gpu.free for gpu in computer.gpus}
    return placement.host_size > room // _SUSPECT or any(
        share.size > free[share.device] // _SUSPECT for share in placement.shares
    )
