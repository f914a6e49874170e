"""Which model a computer should have: what a knowledgeable friend would say.

Pure: the same computer, speeds and candidates always give the same offer. The rules:

1. Only what lies in memory as a whole is offered, fits the disk, and writes a token a
   second at least. Weights that are read from the disk again and again are no offer.
2. MOSS comes before other models. Of its builds, those that lie on the cards as a whole
   come before those that the processor has to help with.
3. Of these the best that still writes as fast as one reads; where none does, a good one
   that costs little speed against the fastest.
4. What differs so little that nobody would notice counts as the same: then the
   smaller download is taken.
5. Where no MOSS will do, the largest small model that writes as fast as one reads, and
   speaks the user's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.hardware import Placement, Reason
from app.engine import bandwidth
from app.engine.computer import Computer
from app.engine.memory import Needs
from app.engine.planner import Planner
from app.engine.protocol import Load

READING: Final = 6.0
"""Tokens a second at which one reads: 250 words a minute."""
USABLE: Final = 1.0
"""Tokens a second below which nobody waits for an answer."""
_CHEAP: Final = 0.7
"""What is slower than reading should have this part of the fastest build's speed."""
_GOOD: Final = 2
"""The grade that is good enough for what is slower than reading."""
_QUICKER: Final = 1.25
"""What is faster by this is another choice."""
_CPU_SHARE: Final = 0.8
_CARD_SHARE: Final = 0.7
"""Parts of the memory's speed that llama.cpp reaches on large matrices."""
_SPARE_DISK: Final = 2_000_000_000
"""Bytes that stay free on the disk."""
_TOKEN_SECONDS: Final = 0.002
"""What a token costs beside reading weights: starting kernels, choosing it."""
_HELP: Final = 0.4
"""What a token costs more where cards and the processor wait for each other, as a part
of what it would cost else; the prompt suffers more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that could be fetched.

    Attributes:
        id: The catalogue's name of what is downloaded.
        title: The model's name for people.
        build: The type that it is converted to; empty where it is used as it comes.
        moss: Whether it is MOSS.
        grade: How good its answers are: of MOSS the number of the build's class, the
            larger the better; of other models how many parameters they have.
        needs: What it needs in memory.
        download: Bytes that are fetched.
        disk: Bytes that it takes in the end.
        peak: Bytes that it takes while it is fetched and converted.
        languages: What it speaks, as ISO 639-1 codes.
    """

    id: str
    title: str
    build: str = ""
    moss: bool = False
    grade: int
    needs: Needs
    download: int
    disk: int
    peak: int
    languages: frozenset[str] = frozenset({"en"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What there is beside the devices.

    Attributes:
        host_speed: Bytes a second of the processor's memory, as it was measured.
        free_disk: Bytes that are free where models are kept; None where that is not
            known.
        language: What the user speaks, as an ISO 639-1 code.
    """

    host_speed: float = bandwidth.UNKNOWN_HOST
    free_disk: int | None = None
    language: str = "en"


class Obstacle(StrEnum):
    """Why a candidate is not offered."""

    MEMORY = "memory"
    DISK = "disk"
    SPEED = "speed"


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that would run here.

    Attributes:
        candidate: Which.
        placement: How it would be laid out.
        speed: Tokens a second that it is expected to write.
    """

    candidate: Candidate
    placement: Placement
    speed: float

    @property
    def memory(self) -> int:
        """Bytes that it takes, on the cards and beside them."""
        return self.placement.host_size + sum(s.size for s in self.placement.shares)

    @property
    def on_cards(self) -> bool:
        """Whether the cards have all of it."""
        return self.placement.gpu_layers == self.placement.layers


@dataclass(frozen=True, slots=True)
class Choice:
    """What to offer.

    Attributes:
        best: The offer; None where not even the smallest model runs.
        others: What somebody may rather want: less to download, or more speed.
        with_room: The build of MOSS that needs the least disk, where none has enough.
        refused: What will not do here, and why.
    """

    best: Offer | None
    others: tuple[Offer, ...] = ()
    with_room: Offer | None = None
    refused: tuple[tuple[Candidate, Obstacle], ...] = ()


def choose(
    candidates: Sequence[Candidate], computer: Computer, around: Circumstances
) -> Choice:
    """Chooses among candidates.

    Args:
        candidates: What could be fetched.
        computer: The devices.
        around: What there is beside them.
    """
    found = [offer_of(candidate, computer, around) for candidate in candidates]
    judged = [(offer, _obstacle(offer, around)) for offer in found]
    builds = [o for o, obstacle in judged if obstacle is None and o.candidate.moss]
    rest = [o for o, obstacle in judged if obstacle is None and not o.candidate.moss]
    small = _best_small(rest, around.language)
    best = _best_build(builds) or small
    others = [_lighter(builds, best), _quicker(builds, best), small] if best else []
    tight = [
        offer
        for offer, obstacle in judged
        if obstacle is Obstacle.DISK and offer.candidate.moss and not builds
    ]
    return Choice(
        best,
        tuple({id(o): o for o in others if o is not None and o is not best}.values()),
        min(tight, key=lambda offer: offer.candidate.peak, default=None),
        tuple((o.candidate, obstacle) for o, obstacle in judged if obstacle),
    )


def offer_of(candidate: Candidate, computer: Computer, around: Circumstances) -> Offer:
    """How a candidate would be laid out here, whether it will do or not."""
    placement = Planner(candidate.needs, computer, Load("")).plan()
    seconds = _seconds(candidate.needs, placement, computer, host=around.host_speed)
    return Offer(candidate, placement, 1 / seconds)


def _seconds(
    needs: Needs, placement: Placement, computer: Computer, *, host: float
) -> float:
    """What a token costs: each weight is read once, where it lies."""
    cards = {gpu.name: gpu for gpu in computer.gpus}
    layers = needs.layers
    first = len(layers) - placement.gpu_layers
    on_host = sum(layer.size for layer in layers[:first])
    seconds = on_host / (host * _CPU_SHARE)
    for share in placement.shares:
        size = sum(layer.size for layer in layers[first : first + share.layers])
        first += share.layers
        speed = bandwidth.of_device(cards[share.device], host)
        seconds += size / (speed * _CARD_SHARE)
    if placement.shares and on_host:
        seconds *= 1 + _HELP * on_host / needs.size
    return seconds + _TOKEN_SECONDS


def _obstacle(offer: Offer, around: Circumstances) -> Obstacle | None:
    if {Reason.FROM_DISK, Reason.TOO_LARGE} & {*offer.placement.reasons}:
        return Obstacle.MEMORY
    if offer.speed < USABLE:
        return Obstacle.SPEED
    needed = offer.candidate.peak + _SPARE_DISK
    full = around.free_disk is not None and needed > around.free_disk
    return Obstacle.DISK if full else None


def _best_build(offers: Sequence[Offer]) -> Offer | None:
    """The best build of MOSS."""
    whole = [offer for offer in offers if offer.on_cards]
    among = whole or list(offers)
    if not among:
        return None
    fastest = max(offer.speed for offer in among)
    slow = fastest < READING
    bound = fastest * _CHEAP if slow else READING
    # At these speeds what is better than good is not worth the wait.
    most = _GOOD if slow else max(offer.candidate.grade for offer in among)
    return min(
        (offer for offer in among if offer.speed >= bound),
        key=lambda offer: (
            -min(offer.candidate.grade, most),
            offer.candidate.download,
            offer.candidate.disk if slow else -offer.candidate.disk,
        ),
    )


def _best_small(offers: Sequence[Offer], language: str) -> Offer | None:
    """The best of the models that are not MOSS."""
    spoken = [offer for offer in offers if language in offer.candidate.languages]
    among = spoken or list(offers)
    quick = [offer for offer in among if offer.speed >= READING]
    if quick:
        return max(quick, key=lambda offer: offer.candidate.grade)
    return max(among, key=lambda offer: offer.speed, default=None)


def _lighter(builds: Sequence[Offer], best: Offer) -> Offer | None:
    """A build of MOSS whose download is much smaller than that of the best."""
    lighter = [
        offer
        for offer in builds
        if offer.candidate.download * 2 <= best.candidate.download
    ]
    return _best_build(lighter)


def _quicker(builds: Sequence[Offer], best: Offer) -> Offer | None:
    """The fastest build of MOSS, where the best is slower than reading."""
    fastest = max(builds, key=lambda offer: offer.speed, default=None)
    if fastest is None or best.speed >= READING:
        return None
    return fastest if fastest.speed >= _QUICKER * best.speed else None
