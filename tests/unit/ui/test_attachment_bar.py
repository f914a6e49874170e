"""Files in the composer: pasted, dropped, counted, too long, taken away."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QToolButton

from app.domain.attachments import Attachment
from app.domain.ledger import Ledger
from app.services.attachments import Enclosure
from app.ui.chat.attached_files import AttachedFiles
from app.ui.chat.attachment_bar import Trouble, trouble_of
from app.ui.chat.composer import Composer
from app.ui.icons import Icons
from app.ui.theme import DARK, LIGHT
from tests.conftest import ROOT

ICONS = Icons(ROOT / "resources/icons", LIGHT.text)
MILK = Attachment("list & more.txt", "Milk.\nBread.")
NOVEL = Attachment("a very long name of a novel about a lighthouse.md", "x" * 9000)
FITS = Ledger(280, 100, 20, (30, 400), 2048, 768, exact=True)
LONG = "A sentence that was copied from somewhere. " * 40


@pytest.fixture
def composer(qtbot):
    composer = Composer(frozenset(), ICONS)
    composer.recolour(LIGHT)
    composer.set_state(ready=True, writing=False)
    qtbot.addWidget(composer)
    composer.resize(700, 300)
    composer.show()
    return composer


@pytest.fixture
def loaded(composer):
    composer.set_enclosures((Enclosure(1, MILK.name, MILK), Enclosure(7, "b", NOVEL)))
    composer.set_ledger(FITS)
    return composer


def heard(signal):
    values = []
    signal.connect(values.append)
    return values


def send_button(composer):
    return composer.findChild(QToolButton, "send")


def mime(*, urls=(), text=None, image=False):
    data = QMimeData()
    if urls:
        data.setUrls([QUrl(url) for url in urls])
    if text is not None:
        data.setText(text)
    if image:
        data.setImageData(QImage(4, 4, QImage.Format.Format_RGB32))
    return data


def paste(composer, data):
    field = composer.focusProxy()
    assert field.canInsertFromMimeData(data)
    field.insertFromMimeData(data)


def test_files_that_are_pasted_are_offered(composer, tmp_path):
    offered = heard(composer.files_offered)
    path = tmp_path / "家.txt"
    url = QUrl.fromLocalFile(str(path)).toString()
    paste(composer, mime(urls=[url, "https://example.org/a"]))
    assert offered == [[str(path)]]
    assert composer.text == ""


def test_text_is_pasted_as_it_is_and_a_link_stays_text(composer):
    paste(composer, mime(text="<b>a</b>\r\nb"))
    paste(composer, mime(urls=["https://example.org/a"], text=" https://example.org/a"))
    assert composer.text == "<b>a</b>\nb https://example.org/a"


def test_a_picture_is_refused_in_words(composer):
    refused = []
    composer.picture_offered.connect(lambda: refused.append("picture"))
    paste(composer, mime(image=True))
    assert "picture" in refused
    assert composer.text == ""
    paste(composer, mime(image=True, text="a table from a spreadsheet"))
    assert composer.text == "a table from a spreadsheet"


def test_a_long_paste_is_offered_as_a_file_with_one_click(composer, qtbot):
    attached = heard(composer.text_attached)
    field = composer.focusProxy()
    composer.text = "😀 before "
    paste(composer, mime(text=LONG))
    assert composer.text == f"😀 before {LONG}"
    qtbot.keyClicks(field, "after")
    composer.files._take.click()
    assert attached == [LONG]
    assert composer.text == "😀 before after"
    assert composer.files._take.isHidden()


def test_a_long_paste_may_stay_where_it_is(composer):
    attached = heard(composer.text_attached)
    paste(composer, mime(text=LONG))
    composer.files._keep.click()
    assert composer.files.isHidden()
    assert composer.text == LONG
    paste(composer, mime(text=LONG))
    composer.text = "something else"
    assert composer.files.isHidden()
    paste(composer, mime(text=LONG))
    composer.focusProxy().setPlainText("typed over")
    composer.files._take.click()
    assert attached == []
    assert composer.text == "typed over"


def test_a_chip_says_name_and_tokens_and_opens_to_the_text(loaded, qtbot):
    first, second = loaded.files.chips
    assert first.button.text() == "list && more.txt · 30 tokens"
    assert first.button.accessibleName() == "list & more.txt, 30 tokens"
    assert second.button.text() == "b · 400 tokens"
    assert not loaded.files._preview.isVisible()
    qtbot.keyClick(first.button, Qt.Key.Key_Space)
    assert loaded.files._preview.toPlainText() == MILK.text
    second.button.click()
    assert not first.button.isChecked()
    assert loaded.files._preview.toPlainText().startswith("xxx")
    second.button.click()
    assert loaded.files._preview.isHidden()


def test_a_part_says_so(composer):
    part = Attachment("a.txt", "x" * 20, 100)
    composer.set_enclosures((Enclosure(1, "a.txt", part),))
    composer.set_ledger(replace(FITS, files=(9,), exact=False))
    (chip,) = composer.files.chips
    assert chip.button.text() == "a.txt · first 20 %, ≈ 9 tokens"


def test_a_file_is_removed_by_its_button(loaded):
    removed = heard(loaded.file_removed)
    chip = loaded.files.chips[1]
    assert chip.remove.accessibleName() == "Remove “b”"
    chip.remove.click()
    assert removed == [7]
    loaded.set_enclosures(())
    assert loaded.files.chips == []
    assert loaded.files.isHidden()


def test_what_does_not_fit_is_not_sent_and_what_fits_is_offered(loaded, qtbot):
    sent, parts = heard(loaded.submitted), heard(loaded.part_requested)
    removed = heard(loaded.file_removed)
    loaded.text = "What is it?"
    loaded.set_ledger(replace(FITS, files=(30, 14_000)))
    assert "“b” does not fit: it has 14000 tokens" in loaded.files.warning
    assert "room for 950" in loaded.files.warning
    assert not send_button(loaded).isEnabled()
    qtbot.keyClick(loaded.focusProxy(), Qt.Key.Key_Return)
    assert sent == []
    loaded.files._part.click()
    loaded.files._drop.click()
    assert (parts, removed) == ([7], [7])
    # A guess forbids only what cannot be.
    loaded.set_ledger(replace(FITS, files=(30, 14_000), exact=False))
    assert not send_button(loaded).isEnabled()
    loaded.set_ledger(replace(FITS, files=(30, 2000), exact=False))
    assert "does not fit" in loaded.files.warning
    qtbot.keyClick(loaded.focusProxy(), Qt.Key.Key_Return)
    assert sent == ["What is it?"]


def test_too_long_a_text_is_said_before_it_is_sent(composer):
    composer.text = "x"
    composer.set_ledger(Ledger(280, 0, 1800, (), 2048, 768, exact=True))
    assert "by 96 tokens" in composer.files.warning
    assert composer.files._offers.isHidden()
    assert not send_button(composer).isEnabled()
    composer.set_ledger(Ledger(280, 0, 1500, (), 2048, 768, exact=True))
    assert "only 268 tokens" in composer.files.warning
    assert send_button(composer).isEnabled()
    composer.set_ledger(Ledger(280, 1000, 900, (), 2048, 768, exact=True))
    assert composer.files.warning == ""


def test_it_is_the_text_that_is_too_long_where_it_is_longer(loaded):
    loaded.set_ledger(replace(FITS, draft=1900))
    assert "by 626 tokens" in loaded.files.warning
    assert loaded.files._offers.isHidden()


def test_sizes_and_their_trouble():
    assert trouble_of(Ledger()) is Trouble.NONE
    assert trouble_of(FITS) is Trouble.NONE
    assert trouble_of(replace(FITS, files=(1000,))) is Trouble.TIGHT
    assert trouble_of(replace(FITS, files=(1800,))) is Trouble.TOO_LONG


def test_a_file_may_go_alone_but_not_while_it_is_read(composer, qtbot):
    sent = heard(composer.submitted)
    composer.set_enclosures((Enclosure(1, "a.txt"),))
    (chip,) = composer.files.chips
    assert chip.button.text() == "a.txt · reading…"
    assert not chip.button.isEnabled()
    qtbot.keyClick(composer.focusProxy(), Qt.Key.Key_Return)
    assert sent == []
    composer.set_ledger(Ledger(280, 100, 20, (), 2048, 768, exact=True))
    composer.set_enclosures((Enclosure(1, "a.txt", MILK),))
    assert not send_button(composer).isEnabled()
    composer.set_ledger(replace(FITS, files=(5,)))
    assert composer.attachments == (MILK,)
    qtbot.keyClick(composer.focusProxy(), Qt.Key.Key_Return)
    assert sent == [""]


def test_the_meter_lists_what_is_in_the_window(loaded, qtbot):
    meter = loaded.meter
    loaded.recolour(DARK)
    assert meter.text() == "41 %"
    assert meter.accessibleName() == "Context: 41 %"
    assert meter.rows == [
        ("Instructions and tools", "280"),
        ("Earlier messages", "100"),
        ("What you write", "20"),
        ("Attached files", "430"),
        ("Free for the answer", "1218"),
        ("The model's window", "2048 tokens"),
    ]
    assert meter.focusPolicy() & Qt.FocusPolicy.TabFocus
    qtbot.keyClick(meter, Qt.Key.Key_Space)
    assert meter._popover.isVisible()
    qtbot.keyClick(meter._popover, Qt.Key.Key_Escape)
    assert not meter._popover.isVisible()
    loaded.set_ledger(replace(FITS, history=1500, exact=False))
    assert meter.text() == "> 100 %"
    assert "will leave the model's view" in meter.toolTip()
    assert "estimates" in meter.toolTip()
    loaded.set_ledger(Ledger())
    assert meter.isHidden()


def test_the_files_of_a_message_open_to_their_text(qtbot):
    files = AttachedFiles(ICONS)
    qtbot.addWidget(files)
    files.resize(300, 200)
    files.show()
    files.show_files((MILK, replace(NOVEL, size=90_000)))
    first, second = files.chips
    assert first.text() == "list && more.txt"
    assert first.accessibleName() == "File: list & more.txt"
    assert second.text() == "a very long n… lighthouse.md · first 10 %"
    first.click()
    assert files.text == MILK.text
    second.click()
    assert not first.isChecked()
    assert files.text.startswith("xxx")
    second.click()
    assert files.text == ""
    files.show_files((MILK,))
    assert len(files.chips) == 1
