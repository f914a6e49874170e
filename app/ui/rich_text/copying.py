"""What is copied out of a document: text in which formulas are their source."""

from PySide6.QtGui import QTextBlock, QTextCursor

from app.ui.rich_text.formula_object import FORMULA, OBJECT, source


def plain_text(selected: QTextCursor) -> str:
    """The selected text."""
    document = selected.document()
    start, end = selected.selectionStart(), selected.selectionEnd()
    block = document.findBlock(start)
    lines: list[str] = []
    while block.isValid() and block.position() <= end:
        lines.append(_piece(block, start, end))
        block = block.next()
    return "\n".join(lines).replace("\u2028", "\n").replace("\xa0", " ")


def _piece(block: QTextBlock, start: int, end: int) -> str:
    """What of a block is selected."""
    pieces: list[str] = []
    iterator = block.begin()
    while not iterator.atEnd():
        fragment = iterator.fragment()
        text = fragment.text()
        first = max(0, start - fragment.position())
        text = text[first : max(0, end - fragment.position())]
        form = fragment.charFormat()
        if form.objectType() == FORMULA:
            text = text.replace(OBJECT, source(form))
        pieces.append(text)
        iterator += 1
    return "".join(pieces)
