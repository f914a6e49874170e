"""What chats and messages have besides their text, in JSON: files, presets."""

from collections.abc import Sequence
from typing import Final

import msgspec

from app.domain.attachments import Attachment
from app.domain.presets import Preset
from app.store.moments import storable

_encode: Final = msgspec.json.Encoder().encode
_ATTACHMENTS: Final = msgspec.json.Decoder(tuple[Attachment, ...])
_PRESET: Final = msgspec.json.Decoder(Preset)


def attachments_json(attachments: Sequence[Attachment]) -> str:
    """The value of a column `attachments`."""
    kept = [Attachment(storable(a.name), storable(a.text), a.size) for a in attachments]
    return _encode(kept).decode()


def attachments_from(text: str) -> tuple[Attachment, ...]:
    """What `attachments_json` gave.

    Raises:
        msgspec.MsgspecError: It is something else.
    """
    return _ATTACHMENTS.decode(text)


def preset_json(preset: Preset | None) -> str:
    """The value of the column `preset`."""
    if preset is None:
        return ""
    name, instruction = storable(preset.name), storable(preset.instruction)
    return _encode(Preset(name, instruction, preset.sampling)).decode()


def preset_from(text: str) -> Preset | None:
    """What `preset_json` gave; None for anything else."""
    try:
        return _PRESET.decode(text) if text else None
    except msgspec.MsgspecError:
        return None
