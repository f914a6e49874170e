"""A picture in an answer: how far it is while it is made, then the picture itself."""

from typing import Final

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.tools import ToolCall, ToolState
from app.ui.icons import Icons
from app.ui.pictures import Gallery
from app.ui.widgets.picture import Picture
from app.ui.widgets.wrapped_label import WrappedLabel

_WHOLE: Final = 1000
"""Steps of the progress bar."""


class PictureCard(QFrame):
    """Shows one call of Text2Image.

    Args:
        gallery: Where pictures come from, and what can be done with them.
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        cancel_requested: The picture is not wanted any more.
    """

    cancel_requested = Signal()

    def __init__(
        self, gallery: Gallery, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("pictureCard")
        self._gallery = gallery
        self._icons = icons
        self._call: ToolCall | None = None
        self._picture: Picture | None = None
        self._words = WrappedLabel()
        self._words.setObjectName("muted")
        self._bar = QProgressBar()
        self._bar.setRange(0, _WHOLE)
        self._bar.setTextVisible(False)
        self._cancel = self._button("cross", self.cancel_requested.emit)
        self._enlarge = self._button("search", self._show_large)
        self._save = self._button("save", self._ask_and_save)
        self._copy = self._button("copy", self._put_into_clipboard)
        self._folder = self._button("folder", self._show_folder)
        self._actions = (self._enlarge, self._save, self._copy, self._folder)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        for button in self._actions:
            row.addWidget(button)
        row.addStretch(0)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 2, 0, 2)
        self._layout.setSpacing(4)
        self._layout.addWidget(self._words)
        self._layout.addLayout(row)
        self.hide()
        self.retranslate()

    def show_call(self, call: ToolCall) -> None:
        """Shows where the call stands."""
        before, self._call = self._call, call
        if call.picture and (before is None or before.picture != call.picture):
            self._open(call)
        self.retranslate()

    def recolour(self) -> None:
        """Draws the icons again after the theme changed."""
        for button, name in zip(
            (self._cancel, *self._actions),
            ("cross", "search", "save", "copy", "folder"),
            strict=True,
        ):
            button.setIcon(self._icons.get(name))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        call = self._call
        running = call is not None and call.state is ToolState.RUNNING
        shown = self._picture is not None
        lost = call is not None and bool(call.picture) and not shown
        self.setVisible(running or shown or lost)
        self._bar.setVisible(running)
        self._cancel.setVisible(running)
        for button in self._actions:
            button.setVisible(shown)
        self._words.setVisible(running or lost)
        for button, words in (
            (self._cancel, self.tr("Cancel")),
            (self._enlarge, self.tr("Enlarge")),
            (self._save, self.tr("Save as…")),
            (self._copy, self.tr("Copy")),
            (self._folder, self.tr("Open folder")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
        if call is None:
            return
        if running:
            self._show_progress(call)
        elif lost:
            self._words.setText(self.tr("The picture's file is not there any more."))
        if self._picture is not None:
            name = self.tr("Picture: {0}").format(call.command.argument)
            self._picture.setAccessibleName(name)
            self._picture.setToolTip(call.command.argument)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _show_progress(self, call: ToolCall) -> None:
        percent = round(100 * call.progress)
        # Before anything is known a bar that moves by itself says that it is not stuck.
        self._bar.setMaximum(_WHOLE if call.progress else 0)
        self._bar.setValue(round(_WHOLE * call.progress))
        self._words.setText(
            self.tr("The picture is being made… {0} %").format(percent)
            if call.progress
            else self.tr("The picture is being made…")
        )
        self._bar.setAccessibleName(self._words.text())

    def _open(self, call: ToolCall) -> None:
        if self._picture is not None:
            self._picture.deleteLater()
            self._picture = None
        image = self._gallery.image(call.picture)
        if image.isNull():
            return
        self._picture = picture = Picture(image)
        picture.clicked.connect(self._show_large)
        picture.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        picture.customContextMenuRequested.connect(self._show_menu)
        self._layout.insertWidget(0, picture)

    def _show_menu(self, place: QPoint) -> None:
        if self._picture is not None:
            self._menu().popup(self._picture.mapToGlobal(place))

    def _menu(self) -> QMenu:
        """What the buttons do, as a menu."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in self._actions:
            action = menu.addAction(button.icon(), button.toolTip())
            action.triggered.connect(button.click)
        return menu

    def _show_large(self) -> None:
        if self._call is not None:
            self._gallery.enlarge(self._call.picture, self._call.command.argument)

    def _ask_and_save(self) -> None:
        if self._call is not None:
            self._gallery.save(self._call.picture, self._call.command.argument)

    def _put_into_clipboard(self) -> None:
        if self._call is not None:
            self._gallery.copy(self._call.picture)

    def _show_folder(self) -> None:
        if self._call is not None:
            self._gallery.open_folder(self._call.picture)

    def _button(self, icon: str, run: object) -> QToolButton:
        button = QToolButton()
        button.setIcon(self._icons.get(icon))
        button.clicked.connect(run)
        return button
