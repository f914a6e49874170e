"""The files above the field: their chips, their text, and what does not fit."""

from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QEvent, QLocale, Signal
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.attachments import Attachment
from app.domain.ledger import Ledger
from app.services.attachments import Enclosure
from app.ui.chat.attachment_chip import AttachmentChip
from app.ui.icons import Icons
from app.ui.widgets.flow_row import FlowRow
from app.ui.widgets.wrapped_label import WrappedLabel

_LINES: Final = 8
_SHOWN: Final = 20_000
"""Characters of a text that are shown: enough to see what it is."""
_GAP: Final = 6
_AROUND: Final = 12
"""Pixels above and below a text."""


class Trouble(Enum):
    """What is wrong with the size of what is being written."""

    NONE = auto()
    TIGHT = auto()
    TOO_LONG = auto()


def trouble_of(ledger: Ledger) -> Trouble:
    """Whether there is room for what is being written, and for an answer."""
    if not ledger.fits:
        return Trouble.TOO_LONG
    return Trouble.TIGHT if ledger.total and ledger.left < 0 else Trouble.NONE


class AttachmentBar(QWidget):
    """Hidden while there are no files and everything fits.

    Args:
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        removed: The key of a file that is not to go along.
        part_requested: The key of a file of which only what fits is to go along.
        paste_taken: The long text that was pasted is to become a file.
    """

    removed = Signal(int)
    part_requested = Signal(int)
    paste_taken = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._enclosures: tuple[Enclosure, ...] = ()
        self._ledger = Ledger()
        self._chips: dict[int, AttachmentChip] = {}
        self._row = FlowRow()
        self._preview = QPlainTextEdit()
        self._preview.setObjectName("attachmentText")
        self._preview.setReadOnly(True)
        self._preview.setTabChangesFocus(True)
        self._warning = WrappedLabel()
        self._warning.setObjectName("problem")
        self._offers = FlowRow()
        self._part, self._drop, self._take, self._keep = (
            QPushButton() for _ in range(4)
        )
        for button in (self._part, self._drop, self._take, self._keep):
            button.setObjectName("small")
            self._offers.add(button)
        self._part.clicked.connect(lambda: self.part_requested.emit(self._largest()))
        self._drop.clicked.connect(lambda: self.removed.emit(self._largest()))
        self._take.clicked.connect(self._take_paste)
        self._keep.clicked.connect(self.end_paste)
        self._pasted = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        for part in (self._row, self._preview, self._warning, self._offers):
            layout.addWidget(part)
        self.retranslate()

    @property
    def warning(self) -> str:
        """What it says does not fit; empty while all fits."""
        return "" if self._warning.isHidden() else self._warning.text()

    @property
    def chips(self) -> list[AttachmentChip]:
        """The files' chips."""
        return list(self._chips.values())

    def show_enclosures(self, enclosures: tuple[Enclosure, ...]) -> None:
        """Takes the files of the moment."""
        self._enclosures = enclosures
        keys = {each.key for each in enclosures}
        for key in [key for key in self._chips if key not in keys]:
            self._row.remove(self._chips.pop(key))
        for each in enclosures:
            if each.key in self._chips:
                self._chips[each.key].show_enclosure(each)
            else:
                self._chips[each.key] = self._make_chip(each)
        self._show_preview(None)
        self._show_all()

    def show_ledger(self, ledger: Ledger) -> None:
        """Takes what everything costs."""
        self._ledger = ledger
        self._show_all()

    def offer_paste(self) -> None:
        """Offers to make a file of a long text that was pasted."""
        self._pasted = True
        self._show_all()

    def end_paste(self) -> None:
        """The text that was pasted stays where it is."""
        self._pasted = False
        self._show_all()

    def recolour(self) -> None:
        """Takes a theme's colours."""
        for chip in self._chips.values():
            chip.recolour()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._part.setText(self.tr("Attach only what fits"))
        self._drop.setText(self.tr("Remove it"))
        self._take.setText(self.tr("Attach the pasted text as a file"))
        self._keep.setText(self.tr("Leave it here"))
        self._preview.setAccessibleName(self.tr("What the model is given of the file"))
        self._show_all()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _make_chip(self, enclosure: Enclosure) -> AttachmentChip:
        chip = AttachmentChip(enclosure, self._icons)
        key = enclosure.key
        chip.removed.connect(lambda: self.removed.emit(key))
        chip.opened.connect(lambda: self._toggle(chip))
        self._row.add(chip)
        return chip

    def _toggle(self, chip: AttachmentChip) -> None:
        for other in self._chips.values():
            if other is not chip:
                other.button.setChecked(False)
        opened = chip.button.isChecked()
        self._show_preview(chip.enclosure.attachment if opened else None)

    def _show_preview(self, attachment: Attachment | None) -> None:
        self._preview.setVisible(attachment is not None)
        if attachment is None:
            for chip in self._chips.values():
                chip.button.setChecked(False)
            return
        shown = attachment.text[:_SHOWN]
        self._preview.setPlainText(shown + ("…" if shown != attachment.text else ""))
        lines = min(_LINES, shown.count("\n") + 2)
        line = self._preview.fontMetrics().lineSpacing()
        self._preview.setFixedHeight(line * lines + _AROUND)

    def _show_all(self) -> None:
        """Shows what there is to say of sizes just now."""
        sizes = self._sizes()
        for key, tokens in sizes.items():
            self._chips[key].show_tokens(tokens, exact=self._ledger.exact)
        trouble = trouble_of(self._ledger)
        if trouble is Trouble.TOO_LONG or self._pasted:
            # What is to be decided comes first.
            self._show_preview(None)
        self._warning.setText(self._words(trouble))
        self._warning.setVisible(trouble is not Trouble.NONE)
        troubled = trouble is not Trouble.NONE and self._is_to_blame(sizes)
        self._part.setVisible(troubled)
        self._drop.setVisible(troubled)
        self._take.setVisible(self._pasted)
        self._keep.setVisible(self._pasted)
        self._offers.setVisible(troubled or self._pasted)
        self._row.setVisible(bool(self._enclosures))
        self.setVisible(
            bool(self._enclosures) or self._pasted or trouble is not Trouble.NONE
        )

    def _sizes(self) -> dict[int, int]:
        """Tokens of the files that have been read."""
        read = [each.key for each in self._enclosures if each.attachment is not None]
        return dict(zip(read, self._ledger.files, strict=False))

    def _is_to_blame(self, sizes: dict[int, int]) -> bool:
        """Whether it is a file that is too long, and not what was written."""
        return max(sizes.values(), default=0) > self._ledger.draft

    def _largest(self) -> int:
        sizes = self._sizes()
        return max(sizes, key=lambda key: sizes[key])

    def _words(self, trouble: Trouble) -> str:
        ledger, locale = self._ledger, QLocale()
        sizes = self._sizes()
        if trouble is Trouble.NONE:
            return ""
        if trouble is Trouble.TIGHT:
            words = self.tr("This leaves room for only {0} tokens of an answer.")
            left = ledger.total - ledger.prefix - ledger.draft - sum(ledger.files)
            return words.format(locale.toString(left))
        if not self._is_to_blame(sizes):
            words = self.tr(
                "This is longer than the model can read at once, by {0} tokens."
            )
            return words.format(locale.toString(ledger.excess))
        key = self._largest()
        beside = ledger.left + sizes[key]
        name = self._chips[key].enclosure.name
        words = self.tr(
            "“{0}” does not fit: it has {1} tokens, and there is room for {2}."
        )
        room = locale.toString(max(0, beside))
        return words.format(name, locale.toString(sizes[key]), room)

    def _take_paste(self) -> None:
        self.end_paste()
        self.paste_taken.emit()
