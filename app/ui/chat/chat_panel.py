"""The right side of the window: header, transcript or welcome, composer, notice."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain import moss
from app.domain.conversation import Conversation, Message
from app.domain.generation import ModelInfo
from app.domain.tools import Tool
from app.services.observers import ModelState
from app.services.words import placement_phrases
from app.ui.chat.composer import Composer
from app.ui.chat.message_field import local_files
from app.ui.chat.transcript_model import TranscriptModel
from app.ui.chat.transcript_view import TranscriptView
from app.ui.chat.waiting_bar import WaitingBar
from app.ui.chat.welcome import Welcome
from app.ui.icons import Icons
from app.ui.pictures import Gallery
from app.ui.rich_text.formulas import Formulas
from app.ui.theme import Colours
from app.ui.widgets.elided_label import ElidedLabel
from app.ui.widgets.notice import Notice
from app.ui.widgets.standing_notice import StandingNotice
from app.ui.words import say, short_place

_LEAST_TRANSCRIPT: Final = 72
"""Pixels of the transcript, however much is being written."""
_MODEL_SHARE: Final = 0.55


class ChatPanel(QWidget):
    """Shows one chat and the state of the model.

    Args:
        tools: The tools that can be switched on.
        icons: Where icons come from.
        formulas: Typesets formulas.
        pictures: Where pictures come from.
        parent: Qt's parent.

    Signals:
        sidebar_toggled: The list of chats is to be shown or hidden.
    """

    sidebar_toggled = Signal()

    def __init__(
        self,
        tools: frozenset[Tool],
        icons: Icons,
        *,
        formulas: Formulas | None = None,
        pictures: Gallery,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icons = icons
        self._state = ModelState.NONE
        self._fraction = 0.0
        self._info: ModelInfo | None = None
        self._name = self._elsewhere = ""
        self.transcript = TranscriptModel(self)
        self.view = TranscriptView(
            self.transcript, icons, formulas=formulas, pictures=pictures
        )
        self.composer = Composer(tools, icons, asked=self.transcript.asked)
        self.setAcceptDrops(True)
        self.welcome = Welcome()
        self.waiting = WaitingBar()
        self.notice = Notice()
        self.standing = StandingNotice()
        self._toggle = QToolButton()
        self._toggle.clicked.connect(self.sidebar_toggled)
        self._title = ElidedLabel()
        self._title.setObjectName("chatTitle")
        self._model = QToolButton()
        self._model.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._model.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._model.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._small = QLabel()
        self._small.setObjectName("demoNote")
        self._small.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._stack = QStackedWidget()
        # In a low window it gives way to what is being written.
        self._stack.setMinimumHeight(_LEAST_TRANSCRIPT)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.view)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        header = QFrame()
        header.setObjectName("header")
        bar = QHBoxLayout(header)
        bar.setContentsMargins(10, 6, 10, 6)
        bar.addWidget(self._toggle)
        bar.addWidget(self._title, 1)
        bar.addWidget(self._model)
        foot = QWidget()
        foot.setMaximumWidth(800)
        below = QVBoxLayout(foot)
        below.setContentsMargins(16, 4, 16, 8)
        below.setSpacing(6)
        below.addWidget(self.waiting)
        below.addWidget(self.composer)
        below.addWidget(self._small)
        centre = QHBoxLayout()
        centre.setContentsMargins(0, 0, 0, 0)
        centre.addStretch(1)
        centre.addWidget(foot, 100)
        centre.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(header)
        layout.addWidget(self._stack, 1)
        layout.addLayout(centre)
        layout.addWidget(self.notice)
        layout.addWidget(self.standing)

    def set_model_menu(self, menu: QMenu) -> None:
        """Gives the model button its menu."""
        self._model.setMenu(menu)

    def set_hint(self, sidebar: str) -> None:
        """Takes what the button for the list of chats says under the pointer."""
        self._toggle.setToolTip(sidebar)

    def show_conversation(self, conversation: Conversation | None) -> None:
        """Shows a chat; None is one that has not begun."""
        self.transcript.show(conversation)
        self.set_title(conversation.title if conversation else "")
        self._stack.setCurrentWidget(
            self.view if self.transcript.rowCount() else self.welcome
        )
        self.view.follow()

    def turn(self, conversation: Conversation) -> None:
        """Shows another path of the chat that is shown."""
        self.view.turn(conversation)
        self._stack.setCurrentWidget(
            self.view if self.transcript.rowCount() else self.welcome
        )

    def put(self, message: Message) -> None:
        """Shows a message that is new or has changed."""
        self.transcript.put(message)
        self._stack.setCurrentWidget(self.view)

    def set_title(self, title: str) -> None:
        """Shows the chat's title."""
        self._name = title
        self._title.setText(title or self.tr("New chat"))

    def set_model_state(self, state: ModelState, fraction: float) -> None:
        """Shows what the model is doing."""
        self._state, self._fraction = state, fraction
        self._show_model()

    def set_elsewhere(self, title: str) -> None:
        """Says which other chat the model is busy in; empty for none."""
        self._elsewhere = title
        self._show_model()

    def set_model(self, info: ModelInfo | None) -> None:
        """Shows which model answers."""
        if info is not None:
            self._info = info
            is_moss = info.form != moss.Form.CHAT
            self.welcome.set_model(is_moss=is_moss, demo=info.demo, server=info.server)
            uses_tools = info.form == moss.Form.PLUGIN or info.calls_tools
            self.composer.set_model(is_moss=is_moss, uses_tools=uses_tools)
        self._show_model()

    def recolour(self, colours: Colours) -> None:
        """Takes a theme's colours."""
        self._toggle.setIcon(self._icons.get("sidebar"))
        self._model.setIcon(self._icons.get("chevron-down"))
        self.composer.recolour(colours)
        self.view.recolour()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._toggle.setAccessibleName(self.tr("Show or hide the list of chats"))
        self.view.setAccessibleName(self.tr("Messages of this chat"))
        self.set_title(self._name)
        self._show_model()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        # Beside a long name of a model the title still has some room.
        self._model.setMaximumWidth(round(_MODEL_SHARE * event.size().width()))
        super().resizeEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.composer.files_offered.emit(local_files(event.mimeData()))

    def _placement(self) -> str:
        """Where the model runs and why, a sentence a line."""
        if self._info is None or self._state is not ModelState.READY:
            return ""
        return "\n".join(map(say, placement_phrases(self._info.placement)))

    def _show_model(self) -> None:
        name = self._info.name if self._info else "MOSS"
        percent = round(100 * self._fraction)
        words = {
            ModelState.NONE: self.tr("No model"),
            ModelState.CONVERTING: self.tr("Preparing the demo model… {0} %"),
            ModelState.LOADING: self.tr("Loading… {0} %"),
            ModelState.STEPPING_DOWN: self.tr("Loading with less memory… {0} %"),
            ModelState.READY: name,
            ModelState.RESTARTING: self.tr("Restarting… {0} %"),
            ModelState.FAILED: self.tr("No model could be loaded"),
        }[self._state].format(percent)
        if self._state is ModelState.READY and self._info is not None:
            busy = self.tr("busy in “{0}”").format(short_place(self._elsewhere))
            words += f" · {busy if self._elsewhere else short_place(self._info.device)}"
        self._model.setText(words.replace("&", "&&"))
        self._model.setToolTip(self._placement())
        self._model.setAccessibleName(self.tr("Model: {0}").format(words))
        self._small.setText(self._warning())

    def _warning(self) -> str:
        """What to bear in mind with this model."""
        if self._info is not None and self._info.demo:
            return self.tr("Demo model. Its answers can be wrong.")
        if self._info is not None and self._info.server:
            place = short_place(self._info.server)
            text = self.tr("What you write is sent to {0}. Check what matters.")
            return text.format(place)
        if self._info is not None and self._info.form == moss.Form.CHAT:
            return self.tr("This model can be wrong. Check what matters.")
        return self.tr("MOSS can be wrong. Check what matters.")
