"""The tool's settings, and what it lacks: without running it or asking anybody."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from app.domain.pictures import PictureSettings, PictureSource
from app.plugins.api import ToolError
from app.plugins.pictures import model_file, stable_diffusion
from app.plugins.pictures.address import ServerAddress


class Lack(StrEnum):
    """Why there can be no pictures; the user interface has the words."""

    SOURCE = "source"
    ADDRESS = "address"
    LIBRARY = "library"
    MODEL = "model"


def settings(values: Mapping[str, Any]) -> PictureSettings:
    """The settings in what the settings file has of this tool."""
    try:
        return msgspec.convert(values, PictureSettings)
    except msgspec.ValidationError:
        # Nothing that the window writes.
        return PictureSettings()


def lack(chosen: PictureSettings) -> Lack | None:
    """What is missing; None where pictures can be asked for."""
    match chosen.source:
        case PictureSource.NONE:
            return Lack.SOURCE
        case PictureSource.SERVER:
            return None if _is_address(chosen.server) else Lack.ADDRESS
        case PictureSource.FILE if not stable_diffusion.is_installed():
            return Lack.LIBRARY
        case PictureSource.FILE:
            return None if _is_model(chosen.model) else Lack.MODEL


def _is_address(text: str) -> bool:
    try:
        ServerAddress.parse(text)
    except ToolError:
        return False
    return True


def _is_model(path: str) -> bool:
    try:
        model_file.check(Path(path))
    except ToolError:
        return False
    return True
