"""What a message shows of thoughts and tools: chips, question, picture, references."""

from PySide6.QtCore import QObject, Signal

from app.domain import tools
from app.domain.conversation import Message, Role
from app.domain.tools import Tool, ToolCall, ToolState
from app.ui.chat.message_chips import MessageChips
from app.ui.chat.part_stack import PartStack, Place
from app.ui.chat.permission_bar import PermissionBar
from app.ui.chat.picture_card import PictureCard
from app.ui.chat.reference_list import ReferenceList
from app.ui.icons import Icons
from app.ui.pictures import Gallery


class MessageCalls(QObject):
    """Makes each part when there is something to show in it.

    Args:
        stack: Where the parts go.
        gallery: Where pictures come from.
        icons: Where icons come from.

    Signals:
        consented: A `Consent`: the answer to a tool that asks.
        opened: The `Source` that the user wants to see.
        cancel_requested: What a tool makes just now is not wanted any more.
    """

    consented = Signal(object)
    opened = Signal(object)
    cancel_requested = Signal()

    def __init__(self, stack: PartStack, gallery: Gallery, icons: Icons) -> None:
        super().__init__(stack.widget)
        self._stack = stack
        self._gallery = gallery
        self._icons = icons
        self._message: Message | None = None
        self._chips: MessageChips | None = None
        self._permission: PermissionBar | None = None
        self._picture: PictureCard | None = None
        self._references: ReferenceList | None = None

    def show_message(self, message: Message) -> None:
        """Shows a message as it is now."""
        self._message = message
        has_chips = message.role is not Role.USER and (
            message.thoughts or message.calls
        )
        if has_chips or self._chips is not None:
            self._require_chips().show_message(message)
        self._ask(message.calls)
        self._show_pictures(message.calls)
        references = tools.references(message.calls)
        if references and self._references is None:
            self._references = ReferenceList(self._stack.widget)
            self._references.opened.connect(self.opened)
            self._stack.put(Place.REFERENCES, self._references)
        if self._references is not None:
            self._references.show_references(references)

    def set_message(self, message: Message) -> None:
        """Takes the message after streamed text was added, without drawing."""
        self._message = message
        if self._chips is not None:
            self._chips.set_message(message)

    def stream_thoughts(self, text: str) -> None:
        """Shows that there are thoughts, and adds to them if they are open."""
        self._require_chips().stream_thoughts(text)

    def open(self, number: int) -> None:
        """Does what a click on the reference of this number does."""
        if self._references is not None:
            self._references.open(number)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        if self._chips is not None:
            self._chips.retranslate()

    def _require_chips(self) -> MessageChips:
        if self._chips is None:
            self._chips = MessageChips(self._icons, self._stack.widget)
            self._stack.put(Place.CHIPS, self._chips)
            if self._message is not None:
                self._chips.show_message(self._message)
        return self._chips

    def _ask(self, calls: tuple[ToolCall, ...]) -> None:
        asking = next((c for c in calls if c.state is ToolState.ASKING), None)
        if asking is not None and self._permission is None:
            self._permission = PermissionBar(self._stack.widget)
            self._permission.answered.connect(self.consented)
            self._stack.put(Place.PERMISSION, self._permission)
        if self._permission is not None:
            self._permission.ask(asking)

    def _show_pictures(self, calls: tuple[ToolCall, ...]) -> None:
        pictured = [c for c in calls if c.command.tool is Tool.TEXT_TO_IMAGE]
        if pictured and self._picture is None:
            self._picture = PictureCard(self._gallery, self._icons, self._stack.widget)
            self._picture.cancel_requested.connect(self.cancel_requested)
            self._stack.put(Place.PICTURE, self._picture)
        if self._picture is not None:
            for call in pictured:
                self._picture.show_call(call)
            self._picture.recolour()
