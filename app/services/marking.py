"""Marks sentences for Qt's translation tools, which look for this name."""


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802 -- see above
    """Marks a sentence for translation and leaves it as it is."""
    return text
