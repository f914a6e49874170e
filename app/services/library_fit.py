"""What a model that is here takes on this computer, and whether that will do."""

from dataclasses import dataclass
from enum import Enum, auto

from app.domain.hardware import KvType, Reason
from app.engine.computer import Computer
from app.engine.memory import Needs
from app.engine.planner import PROCESS, Planner
from app.engine.protocol import Load


class Verdict(Enum):
    """Whether a model fits."""

    UNKNOWN = auto()
    """The devices are not known yet."""
    FITS = auto()
    SLOW = auto()
    """Its weights have to be read from the disk again and again."""
    TOO_LARGE = auto()


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model takes.

    Attributes:
        size: Bytes on cards and beside them, by estimate.
        verdict: Whether that will do.
    """

    size: int
    verdict: Verdict


def fit_of(needs: Needs, computer: Computer | None) -> Fit:
    """Lays a model out, as loading it would.

    Args:
        needs: What it needs.
        computer: The devices; None where the engine has not said yet.
    """
    if computer is None:
        attending = len(needs.layers) - 1
        kv = attending * needs.kv(needs.context(None), KvType.F16)
        return Fit(needs.size + kv + PROCESS, Verdict.UNKNOWN)
    placement = Planner(needs, computer, Load("")).plan()
    size = placement.host_size + sum(share.size for share in placement.shares)
    if Reason.TOO_LARGE in placement.reasons:
        return Fit(size, Verdict.TOO_LARGE)
    slow = Reason.FROM_DISK in placement.reasons
    return Fit(size, Verdict.SLOW if slow else Verdict.FITS)
