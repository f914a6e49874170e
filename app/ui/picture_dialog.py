"""Where pictures come from, and how they are made."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.pictures import PictureSettings, PictureSource
from app.plugins.pictures import readiness
from app.plugins.pictures.known_models import KNOWN_MODELS, KnownModel
from app.plugins.pictures.readiness import Lack
from app.ui.picture_options import PictureOptions
from app.ui.widgets.wrapped_label import WrappedLabel

_WIDTH: Final = 540


class PictureDialog(QDialog):
    """Asks what pictures are made with; speaks to no server.

    Args:
        present: What to begin with.
        parent: The window.

    Signals:
        chosen: A `PictureSettings` with which pictures can be made, or that asks for
            none.
    """

    chosen = Signal(object)

    def __init__(self, present: PictureSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Pictures"))
        self._sources = {
            PictureSource.NONE: QRadioButton(self.tr("No pictures")),
            PictureSource.SERVER: QRadioButton(self.tr("From a server that you run")),
            PictureSource.FILE: QRadioButton(self.tr("Made on this computer")),
        }
        self._server = QLineEdit()
        self._server.setPlaceholderText("http://127.0.0.1:7860")
        self._model = QLineEdit()
        # Its row has a button too, so that no label is its own.
        self._model.setAccessibleName(self.tr("Model file"))
        self._choose = QPushButton(self.tr("Choose…"))
        self._choose.setAutoDefault(False)
        self._kind = self._make_kinds()
        self._options = PictureOptions()
        self._about_model = _note()
        self._about_model.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self._problem = WrappedLabel()
        self._problem.setObjectName("problem")
        self._lay_out()
        self._show(present.bounded())
        self._connect_fields()
        self._edited()

    def settings(self) -> PictureSettings:
        """What is written in the dialog."""
        source = next(s for s, button in self._sources.items() if button.isChecked())
        return replace(
            self._options.settings(),
            source=source,
            server=self._server.text().strip(),
            model=self._model.text().strip(),
        )

    def _make_kinds(self) -> QComboBox:
        kinds = QComboBox()
        kinds.addItem(self.tr("another one"), None)
        for known in KNOWN_MODELS:
            kinds.addItem(known.name, known)
        return kinds

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._sources[PictureSource.NONE])
        layout.addWidget(self._sources[PictureSource.SERVER])
        layout.addLayout(self._server_form())
        layout.addWidget(self._sources[PictureSource.FILE])
        layout.addLayout(self._model_form())
        layout.addWidget(self._options)
        layout.addWidget(self._problem)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.setMinimumWidth(_WIDTH)

    def _server_form(self) -> QFormLayout:
        form = _form()
        form.addRow(self.tr("Address:"), self._server)
        words = _note()
        words.setText(
            self.tr(
                "AUTOMATIC1111's web interface, Forge or SD.Next, started with --api, "
                "or the server of stable-diffusion.cpp. It is sent what MOSS "
                "describes, and nothing else of the chat."
            )
        )
        form.addRow(words)
        return form

    def _model_form(self) -> QFormLayout:
        file = QHBoxLayout()
        file.addWidget(self._model, 1)
        file.addWidget(self._choose)
        form = _form()
        form.addRow(self.tr("Model file:"), file)
        form.addRow(self.tr("Model:"), self._kind)
        form.addRow(self._about_model)
        return form

    def _connect_fields(self) -> None:
        for button in self._sources.values():
            button.toggled.connect(self._edited)
        self._server.textEdited.connect(
            lambda: self._sources[PictureSource.SERVER].setChecked(True)
        )
        self._server.textEdited.connect(self._edited)
        self._model.textEdited.connect(self._model_edited)
        self._choose.clicked.connect(self._ask_for_file)
        self._kind.activated.connect(self._kind_chosen)

    def _show(self, present: PictureSettings) -> None:
        self._sources[present.source].setChecked(True)
        self._server.setText(present.server)
        self._model.setText(present.model)
        self._options.show_settings(present)
        self._recognize()

    def _recognize(self) -> None:
        """Names the model where its file has a known name."""
        name = Path(self._model.text().strip()).name
        files = [known.file for known in KNOWN_MODELS]
        if name in files and name:
            self._kind.setCurrentIndex(files.index(name) + 1)
        self._describe_model()

    def _describe_model(self) -> None:
        known: KnownModel | None = self._kind.currentData()
        if known is None:
            text = self.tr(
                "Any model of Stable Diffusion as one .gguf or .safetensors file."
            )
        else:
            text = self.tr("{0}. Licence: {1}. It is offered at {2}").format(
                " · ".join(filter(None, (known.file, _size(known)))) or known.name,
                known.licence,
                known.page,
            )
        self._about_model.setText(text)

    def _kind_chosen(self) -> None:
        known: KnownModel | None = self._kind.currentData()
        self._describe_model()
        if known is not None:
            self._options.suit(known)

    def _model_edited(self) -> None:
        self._sources[PictureSource.FILE].setChecked(True)
        self._recognize()
        self._edited()

    def _ask_for_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Choose a model for pictures"),
            str(Path(self._model.text()).parent),
            self.tr("Models for pictures (*.gguf *.safetensors)"),
        )
        if name:
            self._model.setText(name)
            self._model_edited()
            self._kind_chosen()

    def _edited(self) -> None:
        """What was said of something else is no longer so."""
        self._problem.hide()

    def _accept(self) -> None:
        settings = self.settings()
        lack = readiness.lack(settings)
        if lack is not None and settings.source is not PictureSource.NONE:
            self._problem.setText(self._words(lack))
            self._problem.show()
            return
        self.chosen.emit(settings)
        self.accept()

    def _words(self, lack: Lack) -> str:
        match lack:
            case Lack.ADDRESS:
                return self.tr(
                    "This address cannot be used. It has to begin with https://, or "
                    "with http:// for a server on this computer or in your own network."
                )
            case Lack.LIBRARY:
                return self.tr(
                    "The library that makes pictures is not installed: "
                    "pip install stable-diffusion-cpp-python"
                )
            case Lack.MODEL:
                return self.tr(
                    "There is no model in this file. "
                    "Choose one that ends in .gguf or .safetensors."
                )
            case Lack.SOURCE:
                return ""


def _size(known: KnownModel) -> str:
    return f"{known.gigabytes:.2f} GB" if known.gigabytes else ""


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setContentsMargins(24, 0, 0, 6)
    return form


def _note() -> WrappedLabel:
    words = WrappedLabel()
    words.setObjectName("muted")
    return words
