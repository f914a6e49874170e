"""What the page says, in the language of the window."""

from PySide6.QtCore import QCoreApplication, QLocale

from app.services import setting_words
from app.services.setting_words import Words
from app.store.declaring import Declaration, Effect, Form, Section


def translated(text: str) -> str:
    """A sentence of `app.services.setting_words`."""
    return QCoreApplication.translate(setting_words.CONTEXT, text) if text else ""


def words_of(declaration: Declaration) -> Words:
    """What is said of a setting."""
    words = setting_words.SETTINGS[declaration.key]
    return Words(*map(translated, (words.title, words.help, words.none)))


def section_title(section: Section) -> str:
    """What a part of the page is called."""
    return translated(setting_words.SECTIONS[section])


def effect_of(effect: Effect) -> str:
    """When a change takes effect; empty where that is at once."""
    return translated(setting_words.EFFECTS[effect])


def unit_of(declaration: Declaration) -> str:
    """What stands behind a number."""
    return translated(setting_words.UNITS[declaration.bounds.unit])


def value_name(declaration: Declaration, value: object) -> str:
    """What a value is called."""
    none = words_of(declaration).none
    if value is None or (none and value == declaration.default):
        return none
    match declaration.form:
        case Form.CHOICE:
            return translated(setting_words.VALUES[type(value)][value])
        case Form.SWITCH:
            return translated(setting_words.ON if value else setting_words.OFF)
        case Form.NUMBER | Form.LAYERS if isinstance(value, int):
            return QLocale().toString(value) + unit_of(declaration)
        case _:
            return str(value)


def searched(declaration: Declaration) -> str:
    """Everything that a search finds a setting by: both languages, and its key."""
    english = setting_words.SETTINGS[declaration.key]
    words = words_of(declaration)
    choices = [value_name(declaration, value) for value in declaration.choices]
    parts = (
        declaration.key,
        english.title,
        english.help,
        words.title,
        words.help,
        section_title(declaration.section),
        *choices,
    )
    return "\n".join(parts).casefold()
