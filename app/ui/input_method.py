"""Input methods: a workaround that must run before the Qt application exists."""

import os


def choose() -> None:
    """Lets fcitx speak to Qt.

    PySide6's wheels hold no fcitx plugin; fcitx answers to the ibus protocol, so that
    one is chosen where the environment names fcitx and nothing for Qt.
    """
    names = os.environ.get("XMODIFIERS", "") + os.environ.get("GTK_IM_MODULE", "")
    if "fcitx" in names and "QT_IM_MODULE" not in os.environ:
        os.environ["QT_IM_MODULE"] = "ibus"
