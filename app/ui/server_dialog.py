"""Which server, which of its models, and what is sent there."""

from dataclasses import dataclass, replace
from typing import Final, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import UserError
from app.domain.moss import Form
from app.domain.remote import RemoteModel, ServerKey
from app.ui import words
from app.ui.widgets.wrapped_label import WrappedLabel

_WIDTH: Final = 520
_LARGEST_WINDOW: Final = 1_000_000
_STEP: Final = 1024


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """What the user chose.

    Attributes:
        model: The model on its server.
        key: The server's key; None where the user gave none.
    """

    model: RemoteModel
    key: ServerKey | None = None


class ServerDialog(QDialog):
    """Asks for a server and a model; says nothing to any server by itself.

    Args:
        present: What to begin with; None for an empty form.
        parent: The window.

    Signals:
        models_requested: A `ServerChoice`: which models does this server have?
        chosen: A `ServerChoice`: this is to be connected to.
    """

    models_requested = Signal(object)
    chosen = Signal(object)

    def __init__(
        self, present: RemoteModel | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Connect to a server"))
        self._address = QLineEdit()
        self._address.setPlaceholderText("https://big-computer:8080")
        self._key = QLineEdit()
        self._key.setEchoMode(QLineEdit.EchoMode.Password)
        self._key.setPlaceholderText(self.tr("only if the server wants one"))
        self._model = QComboBox()
        self._model.setEditable(True)
        self._model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        # Its row has a button too, so that no label is its own.
        self._model.setAccessibleName(self.tr("Model"))
        if (line := self._model.lineEdit()) is not None:
            line.setAccessibleName(self._model.accessibleName())
        self._ask = QPushButton(self.tr("Ask the server"))
        self._ask.setAutoDefault(False)
        self._form = self._make_forms()
        self._context = QSpinBox()
        self._context.setRange(0, _LARGEST_WINDOW)
        self._context.setSingleStep(_STEP)
        self._context.setSpecialValueText(self.tr("as the server says"))
        self._note = WrappedLabel()
        self._note.setObjectName("muted")
        self._problem = WrappedLabel()
        self._problem.setObjectName("problem")
        self._lay_out()
        if present is not None:
            self._show(present)
        self._address.textChanged.connect(self._edited)
        self._key.textChanged.connect(self._edited)
        self._ask.clicked.connect(self._request_models)
        self._edited()

    def show_models(self, names: tuple[str, ...]) -> None:
        """Takes the answer to `models_requested`."""
        written = self._model.currentText()
        self._model.clear()
        self._model.addItems(names)
        self._model.setCurrentText(
            written if written in names or not names else names[0]
        )
        self._edited()
        self._note.setText(self.tr("Models on the server: {0}").format(len(names)))
        self._note.show()

    def show_problem(self, error: UserError) -> None:
        """Takes what came in the place of an answer."""
        self._edited()
        self._complain(error)

    def _make_forms(self) -> QComboBox:
        forms = QComboBox()
        for text, form in (
            (self.tr("find out"), ""),
            (self.tr("MOSS with tools (sft-plugin)"), Form.PLUGIN.value),
            (self.tr("MOSS without tools (sft)"), Form.SFT.value),
            (self.tr("continues text (base)"), Form.BASE.value),
            (self.tr("another chat model (chat)"), Form.CHAT.value),
        ):
            forms.addItem(text, form)
        return forms

    def _lay_out(self) -> None:
        model = QHBoxLayout()
        model.addWidget(self._model, 1)
        model.addWidget(self._ask)
        form = QFormLayout()
        form.addRow(self.tr("Address:"), self._address)
        form.addRow(self.tr("Key:"), self._key)
        form.addRow(self.tr("Model:"), model)
        form.addRow(self.tr("Kind:"), self._form)
        form.addRow(self.tr("Context window:"), self._context)
        sent = WrappedLabel()
        sent.setObjectName("muted")
        sent.setText(
            self.tr(
                "The server is sent the whole chat: what you write, what it answered, "
                "and the results of tools, which run on this computer. The key is "
                "forgotten when the program ends."
            )
        )
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._connect = self._buttons.addButton(
            self.tr("Connect"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        # While Connect is disabled, Enter would otherwise be Cancel's.
        self._connect.setDefault(True)
        for button in self._buttons.buttons():
            cast("QPushButton", button).setAutoDefault(False)
        self._buttons.accepted.connect(self._choose)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addLayout(form)
        layout.addWidget(sent)
        layout.addWidget(self._note)
        layout.addWidget(self._problem)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(_WIDTH)

    def _show(self, present: RemoteModel) -> None:
        self._address.setText(present.address)
        self._model.setCurrentText(present.model)
        self._form.setCurrentIndex(max(0, self._form.findData(present.form)))
        self._context.setValue(present.context or 0)

    def _edited(self) -> None:
        """What was said of an earlier address is no longer so."""
        there = bool(self._address.text().strip())
        self._ask.setEnabled(there)
        self._connect.setEnabled(there)
        self._note.hide()
        self._problem.hide()

    def _request_models(self) -> None:
        choice = self._choice()
        if choice is not None:
            self._ask.setEnabled(False)
            self._problem.hide()
            self._note.setText(self.tr("Asking {0}…").format(choice.model.authority))
            self._note.show()
            self.models_requested.emit(choice)

    def _choose(self) -> None:
        choice = self._choice()
        if choice is not None:
            self.chosen.emit(choice)
            self.accept()

    def _choice(self) -> ServerChoice | None:
        """What is written; None where it cannot be used, and then it is said."""
        try:
            server = RemoteModel.parse(self._address.text().partition("#")[0])
        except UserError as error:
            self._complain(error)
            return None
        model = replace(
            server,
            model=self._model.currentText().strip(),
            form=self._form.currentData(),
            context=self._context.value() or None,
        )
        key = self._key.text().strip()
        return ServerChoice(model, ServerKey(key) if key else None)

    def _complain(self, error: UserError) -> None:
        self._problem.setText(words.explain(error))
        self._problem.show()
