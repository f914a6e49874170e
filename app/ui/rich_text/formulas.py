"""The window's end of the typesetting process: formulas, each typeset once."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QTimer, Signal
from PySide6.QtSvg import QSvgRenderer

from app.domain.errors import UserError
from app.typesetting import messages
from app.ui.line_process import LineProcess

_MOST_BYTES: Final = 1024 * 1024
_KEPT: Final = 2000


@dataclass(frozen=True, slots=True)
class Drawing:
    """A formula that has been typeset, in units of an em.

    Attributes:
        svg: The picture.
        width: How wide it is.
        height: How high.
        depth: How far it reaches below the base line.
    """

    svg: bytes
    width: float
    height: float
    depth: float


class Formulas(QObject):
    """Has formulas typeset, each once.

    Args:
        command: What starts the typesetting process.
        folder: Its working directory.
        milliseconds: How long one formula may take.
        parent: Qt's parent.

    Signals:
        typeset: A formula's source; it has been typeset, or cannot be.
    """

    typeset = Signal(str)

    def __init__(
        self,
        command: Sequence[str],
        folder: str = "",
        *,
        milliseconds: int = round(messages.TYPESETTING_SECONDS * 1000),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._known: OrderedDict[tuple[str, bool], Drawing | None] = OrderedDict()
        self._asked: dict[int, tuple[str, bool]] = {}
        self._last = 0
        self._process = LineProcess(
            command, most_bytes=_MOST_BYTES, folder=folder, parent=self
        )
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._lost)
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.setInterval(milliseconds)
        self._limit.timeout.connect(self.expire)

    def known(self, latex: str, *, display: bool) -> bool:
        """Whether it is decided what becomes of a formula."""
        return (latex, display) in self._known

    def drawing(self, latex: str, *, display: bool) -> Drawing | None:
        """A formula; None while it is being typeset and when it cannot be."""
        return self._known.get((latex, display))

    def ask(self, latex: str, *, display: bool) -> None:
        """Has a formula typeset unless that has been done; `typeset` follows."""
        key = (latex, display)
        if key in self._known or key in self._asked.values():
            return
        if any("\ud800" <= letter <= "\udfff" for letter in latex):
            # Half of a surrogate pair has no form in UTF-8.
            self._known[key] = None
            return
        self._last += 1
        self._asked[self._last] = key
        self._process.start()
        self._write(self._last)
        if not self._limit.isActive():
            self._limit.start()

    def close(self) -> None:
        """Ends the process for good."""
        self._process.close()

    def expire(self) -> None:
        """Gives up the formula that is being typeset; the others go on."""
        self._limit.stop()
        self._process.abandon()
        self._give_up_first()

    def _receive(self, line: bytes) -> None:
        try:
            answer = messages.decode_typeset(line)
        except UserError:
            self._process.kill()
            return
        key = self._asked.pop(answer.id, None)
        if key is None:
            return
        self._limit.stop()
        if self._asked:
            self._limit.start()
        self._keep(key, _drawing(answer))

    def _lost(self, _how: str) -> None:
        self._limit.stop()
        self._give_up_first()

    def _give_up_first(self) -> None:
        """The first that was asked for is what the process was at when it ended."""
        if not self._asked:
            return
        key = self._asked.pop(next(iter(self._asked)))
        if self._asked:
            self._process.start()
            for number in self._asked:
                self._write(number)
            self._limit.start()
        self._keep(key, None)

    def _write(self, number: int) -> None:
        latex, display = self._asked[number]
        self._process.write(messages.encode(messages.Formula(number, latex, display)))

    def _keep(self, key: tuple[str, bool], drawing: Drawing | None) -> None:
        self._known[key] = drawing
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        self.typeset.emit(key[0])


def _drawing(answer: messages.Typeset) -> Drawing | None:
    if not answer.svg:
        return None
    svg = answer.svg.encode()
    size = QSvgRenderer(QByteArray(svg)).viewBoxF().size()
    if size.isEmpty():
        return None
    em = messages.EM_PIXELS
    return Drawing(svg, size.width() / em, size.height() / em, answer.depth / em)
