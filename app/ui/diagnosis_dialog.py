"""What this computer has, what fits on it and what went wrong, to read and to copy."""

from typing import Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.services.diagnosis import Report
from app.services.diagnosis_text import lines
from app.ui import diagnosis_page
from app.ui.diagnosis_process import DiagnosisProcess
from app.ui.widgets.wrapped_label import WrappedLabel

_SIZE: Final = (720, 640)
_MARGIN: Final = 12


class DiagnosisDialog(QDialog):
    """Examines when it is shown; measures when that is wished for.

    Attributes:
        text: The report.

    Args:
        process: What examines; closed with the dialog.
        data: The folder of the user's data.
        parent: The window.
    """

    def __init__(
        self, process: DiagnosisProcess, data: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("This computer"))
        self.resize(*_SIZE)
        self._process = process
        self._data = data
        self._report: Report | None = None
        process.setParent(self)
        process.found.connect(self._show)
        process.failed.connect(self._say_failed)
        self._state = WrappedLabel()
        self._state.setObjectName("muted")
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.document().setDocumentMargin(_MARGIN)
        self.text.setAccessibleName(self.windowTitle())
        self._measure = QPushButton(self.tr("Measure the speed"))
        self._measure.setToolTip(
            self.tr("Loads the model a second time, and writes a few words with it.")
        )
        self._measure.clicked.connect(lambda: self.examine(is_quick=False))
        self._copy = QPushButton(self.tr("Copy the report"))
        self._copy.setToolTip(
            self.tr("In English, for those who help. It holds no paths and no names.")
        )
        self._copy.clicked.connect(self._copy_report)
        folder = QPushButton(self.tr("Open the data folder"))
        folder.clicked.connect(self._open_folder)
        buttons = QDialogButtonBox()
        for button in (self._measure, self._copy, folder):
            button.setAutoDefault(False)
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(
            self.tr("Close"), QDialogButtonBox.ButtonRole.RejectRole
        )
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(self._state)
        layout.addWidget(self.text, 1)
        layout.addWidget(buttons)

    def examine(self, *, is_quick: bool = True) -> None:
        """Looks at everything; without `is_quick` a model is measured too."""
        self._process.start(is_quick=is_quick)
        self._set_state(
            self.tr("Looking at this computer…")
            if is_quick
            else self.tr("Loading the model and measuring…")
        )

    @override
    def done(self, result: int) -> None:
        self._process.close()
        super().done(result)

    def _show(self, report: Report) -> None:
        self._report = report
        self.text.setHtml(diagnosis_page.html(report))
        self._set_state(
            self.tr("Everything here was found on this computer and stays on it.")
        )

    def _say_failed(self, how: str) -> None:
        self._set_state(self.tr("This computer could not be examined: {0}").format(how))

    def _set_state(self, text: str) -> None:
        self._state.setText(text)
        self._measure.setEnabled(not self._process.running)
        self._copy.setEnabled(self._report is not None)

    def _copy_report(self) -> None:
        if self._report is not None:
            QGuiApplication.clipboard().setText("\n".join(lines(self._report)))
            self._state.setText(self.tr("Copied."))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._data))
