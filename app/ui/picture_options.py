"""How pictures are made: size, steps, guidance and seed, as fields of a form."""

from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QWidget,
)

from app.domain import pictures
from app.domain.pictures import PictureSettings
from app.plugins.pictures.known_models import KnownModel


class PictureOptions(QWidget):
    """The fields.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._width = _field(pictures.SMALLEST_SIDE, pictures.LARGEST_SIDE)
        self._height = _field(pictures.SMALLEST_SIDE, pictures.LARGEST_SIDE)
        self._width.setAccessibleName(self.tr("Width in pixels"))
        self._height.setAccessibleName(self.tr("Height in pixels"))
        for side in (self._width, self._height):
            side.setSingleStep(pictures.SIDE_STEP)
        self._steps = _field(1, pictures.MOST_STEPS)
        self._guidance = QDoubleSpinBox()
        self._guidance.setRange(1.0, pictures.MOST_GUIDANCE)
        self._guidance.setSingleStep(0.5)
        self._guidance.setDecimals(1)
        self._seed = _field(pictures.RANDOM_SEED, pictures.LARGEST_SEED)
        self._seed.setSpecialValueText(self.tr("another one each time"))
        size = QHBoxLayout()
        size.addWidget(self._width, 1)
        size.addWidget(self._height, 1)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.tr("Width and height:"), size)
        form.addRow(self.tr("Steps:"), self._steps)
        form.addRow(self.tr("Guidance:"), self._guidance)
        form.addRow(self.tr("Seed:"), self._seed)

    def show_settings(self, settings: PictureSettings) -> None:
        """Shows what was chosen."""
        self._width.setValue(settings.width)
        self._height.setValue(settings.height)
        self._steps.setValue(settings.steps)
        self._guidance.setValue(settings.guidance)
        self._seed.setValue(settings.seed)

    def suit(self, known: KnownModel) -> None:
        """Takes what a model was made for."""
        self._width.setValue(known.side)
        self._height.setValue(known.side)
        self._steps.setValue(known.steps)
        self._guidance.setValue(known.guidance)

    def settings(self) -> PictureSettings:
        """What is written in the fields; whence pictures come is not among it."""
        return PictureSettings(
            width=self._width.value(),
            height=self._height.value(),
            steps=self._steps.value(),
            guidance=self._guidance.value(),
            seed=self._seed.value(),
        ).bounded()


def _field(least: int, most: int) -> QSpinBox:
    field = QSpinBox()
    field.setRange(least, most)
    return field
