"""What a number of layers on graphics cards does to memory, in plain words.

An estimate made of the model in use: its layers are taken to be of one size.
"""

from dataclasses import dataclass
from typing import Final

from app.domain.generation import ModelInfo
from app.domain.hardware import Device
from app.services.marking import QT_TRANSLATE_NOOP
from app.services.words import Phrase

_GIB: Final = 1 << 30
NO_CARD: Final = QT_TRANSLATE_NOOP(
    "Words",
    "The engine finds no graphics card here that takes layers, so the processor does "
    "all the work.",
)
NO_MODEL: Final = QT_TRANSLATE_NOOP(
    "Words", "Once a model is loaded, this says how much memory its layers take."
)
LAYERS: Final = QT_TRANSLATE_NOOP(
    "Words",
    "{0} of the {1} layers of this model take about {2} GiB on the card; the rest "
    "takes about {3} GiB of this computer's memory.",
)
TOO_MANY: Final = QT_TRANSLATE_NOOP(
    "Words", "That is more than the {0} GiB that were free on the card."
)
CARD: Final = QT_TRANSLATE_NOOP("Words", "{0}: {1} of {2} GiB free")


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the engine has said of this computer and the model in use.

    Attributes:
        devices: What can compute, with what was free before a model was loaded.
        model: The model in use; None where there is none.
    """

    devices: tuple[Device, ...] = ()
    model: ModelInfo | None = None

    @property
    def cards(self) -> tuple[Device, ...]:
        """The devices that take layers, in the order of the engine."""
        return tuple(device for device in self.devices if device.takes_layers)

    @property
    def layers(self) -> int:
        """Layers of the model in use, the output included; 0 without one here."""
        local = self.model is not None and not self.model.server
        return self.model.placement.layers if self.model and local else 0


def card_phrases(hardware: Hardware) -> tuple[Phrase, ...]:
    """The cards and what is free on them."""
    return tuple(
        Phrase(CARD, (card.description or card.name, *_gib(card.free, card.total)))
        for card in hardware.cards
    )


def layer_phrases(hardware: Hardware, chosen: int | None) -> tuple[Phrase, ...]:
    """What it takes to have so many layers on the cards.

    Args:
        hardware: This computer and the model.
        chosen: The layers; None is what the engine chose.
    """
    if not hardware.cards:
        return (Phrase(NO_CARD),)
    model, layers = hardware.model, hardware.layers
    if model is None or not layers:
        return (Phrase(NO_MODEL),)
    placed = model.placement
    count = placed.gpu_layers if chosen is None else min(chosen, layers)
    on_cards = sum(share.size for share in placed.shares)
    each = on_cards / placed.gpu_layers if on_cards else model.size_bytes / layers
    rest = model.size_bytes * (layers - count) / layers
    sizes = _gib(count * each, rest)
    phrases = [Phrase(LAYERS, (count, layers, *sizes))]
    free = sum(card.free for card in hardware.cards)
    if count * each > free:
        phrases.append(Phrase(TOO_MANY, _gib(free)))
    return tuple(phrases)


def _gib(*sizes: float) -> tuple[str, ...]:
    return tuple(f"{size / _GIB:.1f}" for size in sizes)
