"""What the docs say of the settings is what holds."""

from tests.settings_table import BEGIN, DOCUMENT, END, table


def test_the_table_in_the_docs_is_current():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.split(BEGIN)[1].split(END)[0] == table()
