"""The exact prompt: all of it is there, control tokens stand out."""

from PySide6.QtGui import QFont, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QPushButton

from app.domain.generation import Segment, Speaker
from app.ui.prompt_dialog import PromptDialog

PROMPT = (
    Segment("<|Human|>: <eoh> 你好"),
    Segment("<eoh>", control=True),
    Segment("\n<|MOSS|>: hi"),
)


def test_control_tokens_are_told_apart_from_words_that_look_like_them(qtbot):
    dialog = PromptDialog(PROMPT)
    qtbot.addWidget(dialog)
    text = dialog.text.toPlainText()
    assert text == "<|Human|>: <eoh> 你好<eoh>\n<|MOSS|>: hi"
    cursor = QTextCursor(dialog.text.document())
    bold = []
    for place in range(len(text)):
        cursor.setPosition(place + 1)
        bold.append(cursor.charFormat().fontWeight() == QFont.Weight.Bold)
    assert [at for at, is_bold in enumerate(bold) if is_bold] == [
        *range(text.rindex("<eoh>"), text.rindex("<eoh>") + 5)
    ]
    dialog.findChildren(QPushButton)[0].click()
    assert QGuiApplication.clipboard().text() == text


def test_messages_say_who_speaks(qtbot):
    dialog = PromptDialog((Segment("hello", speaker=Speaker.USER),))
    qtbot.addWidget(dialog)
    assert dialog.text.toPlainText() == "[user]\nhello\n\n"
