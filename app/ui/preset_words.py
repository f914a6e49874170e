"""What presets are called in the window."""

from PySide6.QtCore import QCoreApplication

from app.domain.presets import Preset


def preset_name(preset: Preset | None) -> str:
    """The name of a chat's preset; None is the built-in one."""
    if preset is None:
        return QCoreApplication.translate("Presets", "Standard")
    return preset.name or QCoreApplication.translate("Presets", "This chat only")
