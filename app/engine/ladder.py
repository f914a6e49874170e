"""What is tried one after the other until a model can be loaded.

An estimate can be wrong, and memory that was free can be gone a moment later. Then the
next rung is tried: fewer layers on the cards, keys and values in 8 bits, a smaller
batch, the processor alone; there again smaller keys and values, a smaller batch, and
last the weights from the disk as they are needed. A choice by hand is where the ladder
begins; the type of keys and values, which the answers depend on, is kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from app.domain.errors import ErrorCode, UserError
from app.domain.hardware import KvType, Placement, Reason, Share, Step
from app.engine.computer import Computer
from app.engine.memory import MIB, Needs
from app.engine.planner import CPU_BATCH, Planner, because
from app.engine.protocol import Load

_Made = TypeVar("_Made")
_FEWER: Final = (3 / 4, 1 / 2)
_SMALLEST_BATCH: Final = 32
_GIB: Final = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Rung:
    """One attempt.

    Attributes:
        step: What was changed since the attempt before; None for the first.
        placement: How the model is laid out.
    """

    step: Step | None
    placement: Placement


class Record(Protocol):
    """What is remembered of attempts, for this model on this computer."""

    def interrupted(self) -> int | None:
        """The rung whose attempt ended the process, if one did."""
        ...

    def best(self) -> int:
        """The rung that worked the last time; 0 where none is known."""
        ...

    def trying(self, rung: int) -> None:
        """This one is about to be tried, and may end the process."""
        ...

    def worked(self, rung: int) -> None:
        """This one worked."""
        ...

    def forget(self) -> None:
        """None worked, or something else went wrong."""
        ...


def rungs(needs: Needs, computer: Computer, wishes: Load) -> tuple[Rung, ...]:
    """All attempts, the first being the plan."""
    planner = Planner(needs, computer, wishes)
    return tuple(
        replace(rung, placement=planner.measured(rung.placement))
        for rung in _rungs(planner, wishes)
    )


def descend(
    ladder: tuple[Rung, ...],
    attempt: Callable[[Placement], _Made],
    report: Callable[[Rung], None],
    *,
    record: Record,
    less: bool = False,
) -> _Made:
    """Tries one rung after the other until one works.

    Args:
        ladder: The rungs.
        attempt: Loads; a failure for want of memory must leave nothing behind.
        report: Told of each rung before it is tried, but for the first of them; that
            only after one that did not suffice.
        record: Where a previous attempt is looked up, and these are noted.
        less: Whether the rung that worked did not suffice afterwards. Below the last
            one there is nothing, so that is tried again.

    Raises:
        UserError: `ErrorCode.OUT_OF_MEMORY` when none worked, or whatever else went
            wrong.
    """
    short = record.interrupted()
    if short is None and less and len(ladder) > 1:
        short = min(record.best(), len(ladder) - 2)
    first = record.best() if short is None else short + 1
    failure: UserError | None = None
    for number, rung in list(enumerate(ladder))[first:]:
        placement = rung.placement
        if number > first or short is not None:
            report(rung)
        elif first:
            placement = because(placement, Reason.REMEMBERED)
        record.trying(number)
        try:
            made = attempt(placement)
        except (UserError, MemoryError) as error:
            failure = _as_failure(error)
            if failure.code is not ErrorCode.OUT_OF_MEMORY:
                record.forget()
                raise failure from error
        else:
            record.worked(number)
            return made
    record.forget()
    raise failure or UserError(ErrorCode.OUT_OF_MEMORY, shortage(ladder[0].placement))


def shortage(placement: Placement, room: int | None = None) -> str:
    """How much a placement takes of the host, in words that need no translation."""
    needed = f"{placement.host_size / _GIB:.1f} GiB"
    return needed if room is None else f"{needed} > {max(0, room) / _GIB:.1f} GiB"


def _rungs(planner: Planner, wishes: Load) -> Iterator[Rung]:
    placement = planner.plan()
    yield Rung(None, placement)
    if placement.shares:
        yield from _with_gpus(placement, wishes)
        placement = planner.on_host(Reason.GPU_TOO_SMALL)
        yield Rung(Step.CPU_ONLY, placement)
    yield from _with_host(planner, placement, wishes)


def _with_gpus(placement: Placement, wishes: Load) -> Iterator[Rung]:
    """From a placement with layers on cards to the smallest of that kind."""
    whole = placement.shares
    for part in _FEWER:
        fewer = _fewer(whole, part)
        if fewer:
            placement = replace(placement, shares=fewer)
            yield Rung(Step.FEWER_LAYERS, placement)
    yield from _smaller(placement, wishes, CPU_BATCH)


def _with_host(planner: Planner, placement: Placement, wishes: Load) -> Iterator[Rung]:
    """From a placement on the processor to the smallest of that kind."""
    smaller = tuple(_smaller(placement, wishes, _SMALLEST_BATCH))
    yield from smaller
    placement = smaller[-1].placement if smaller else placement
    read = planner.from_disk(placement) if placement.repacked else None
    if read is not None:
        yield Rung(Step.FROM_DISK, read)


def _smaller(placement: Placement, wishes: Load, batch: int) -> Iterator[Rung]:
    """Smaller keys and values, then also a smaller batch."""
    if placement.kv_type is not KvType.Q8_0 and wishes.kv_type is None:
        placement = replace(placement, kv_type=KvType.Q8_0)
        placement = because(placement, Reason.KV_SMALLER)
        yield Rung(Step.SMALLER_KV, placement)
    if placement.batch > batch:
        yield Rung(Step.SMALLER_BATCH, replace(placement, batch=batch))


def _fewer(shares: tuple[Share, ...], part: float) -> tuple[Share, ...]:
    """Each card's layers and bytes, made fewer; a card without any is left out."""
    return tuple(
        replace(share, layers=layers, size=round(share.size * layers / share.layers))
        for share in shares
        if (layers := int(share.layers * part))
    )


def _as_failure(error: UserError | MemoryError) -> UserError:
    if isinstance(error, UserError):
        return error
    return UserError(ErrorCode.OUT_OF_MEMORY, str(error))
