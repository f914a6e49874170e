"""Pictures of the window to look at: `python -m tests.screenshots FOLDER`.

Makes each stage in light and dark, English and Chinese, at a scale of 1 and of 2, the
dialogs too, and what is narrow or wide: `light-en-1x-chat.png`. `--only WORD` makes
those with the word in their name. Nothing is shown on a screen.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app import children, paths
from app.children import Child
from app.domain.presets import Preset
from app.store.settings import Language
from app.ui import theme
from app.ui.compare_dialog import CompareDialog
from app.ui.icons import Icons
from app.ui.preset_dialog import PresetDialog
from app.ui.prompt_dialog import PromptDialog
from app.ui.reply_dialog import ReplyDialog
from app.ui.rich_text.formulas import Formulas
from app.ui.server_dialog import ServerDialog
from app.ui.settings_page.page import SettingsPage
from app.ui.shortcuts_dialog import ShortcutsDialog
from app.ui.translation import Translation
from tests.conftest import ROOT
from tests.fakes import stages

SCALES = ("1", "2")
LANGUAGES = (Language.ENGLISH, Language.CHINESE)
COLOURS = {"light": theme.LIGHT, "dark": theme.DARK}
USUAL, NARROW, WIDE = (1080, 720), (320, 640), (2560, 1200)
_DRAWN_MS = 120
"""Until what streams in and what is typeset has been drawn; nothing says when."""
MESSAGES = stages.messages()
ICONS = Icons(ROOT / "resources/icons", theme.LIGHT.text)
PIRATE = Preset("Pirate", "Talk like a pirate.")
DIALOGS = {
    "compare": lambda parent: CompareDialog(
        MESSAGES["a0"],
        MESSAGES["a1"],
        formulas=parent.panel.view.formulas,
        parent=parent,
    ),
    "about-reply": lambda parent: ReplyDialog(MESSAGES["a2"], parent),
    "prompt": lambda parent: PromptDialog((), parent),
    "server": lambda parent: ServerDialog(None, parent),
    "settings": lambda parent: SettingsPage(parent.commands, ICONS, parent),
    "shortcuts": ShortcutsDialog,
    "presets": lambda parent: PresetDialog([PIRATE], PIRATE, parent=parent),
}


def shots():
    """Names of pictures, the stages they show, and the sizes of their windows."""
    for stage in stages.STAGES:
        yield stage.__name__, stage, USUAL
    for stage in (stages.first_start, stages.chat, stages.streaming, stages.waiting):
        yield f"narrow-{stage.__name__}", stage, NARROW
    for stage in (stages.chat, stages.first_start):
        yield f"wide-{stage.__name__}", stage, WIDE


class Camera:
    """Makes pictures in one language after the other.

    Args:
        application: The Qt application.
        folder: Where they go.
        scale: The screen's, for their names.
        only: A word that their names have.
    """

    def __init__(self, application, folder, *, scale, only):
        self._folder, self._scale, self._only = folder, scale, only
        self._translation = Translation(application, paths.find().translations)
        self._formulas = Formulas(children.command_line(Child.TYPESETTING), str(ROOT))

    def close(self):
        """Ends the process that typesets."""
        self._formulas.close()

    def work(self):
        """Makes all pictures."""
        for language in LANGUAGES:
            self._translation.use(language)
            for name, colours in COLOURS.items():
                start = f"{name}-{language.value[:2]}-{self._scale}x"
                for what, stage, size in shots():
                    if self._wanted(f"{start}-{what}"):
                        self._shoot(f"{start}-{what}", stage, size, colours)
                for what, make in DIALOGS.items():
                    if self._wanted(f"{start}-dialog-{what}"):
                        self._shoot_dialog(f"{start}-dialog-{what}", make, colours)

    def _wanted(self, name):
        return self._only in name

    def _shoot(self, name, stage, size, colours):
        window = stages.window(colours, formulas=self._formulas)
        window.resize(*size)
        window.show()
        stage(window)
        self._draw(name, window)
        window.deleteLater()

    def _shoot_dialog(self, name, make, colours):
        window = stages.window(colours, formulas=self._formulas)
        dialog = make(window)
        dialog.show()
        self._draw(name, dialog)
        window.deleteLater()

    def _draw(self, name, window):
        loop = QEventLoop()
        QTimer.singleShot(_DRAWN_MS, loop.quit)
        loop.exec()
        while self._formulas._asked:
            self._formulas.typeset.connect(loop.quit)
            loop.exec()
        QTimer.singleShot(_DRAWN_MS, loop.quit)
        loop.exec()
        window.grab().save(str(self._folder / f"{name}.png"))
        window.close()


def main():
    """Makes the pictures, for each scale in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a word in the names")
    parser.add_argument("--scale", choices=SCALES)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.scale is None:
        for scale in SCALES:
            environment = {
                **os.environ,
                "QT_SCALE_FACTOR": scale,
                "QT_QPA_PLATFORM": "offscreen",
            }
            command = [sys.executable, "-m", "tests.screenshots", *sys.argv[1:]]
            subprocess.run([*command, "--scale", scale], env=environment, check=True)
        return
    application = QApplication([])
    application.setStyle(theme.PlainDialogs())
    camera = Camera(application, options.folder, scale=options.scale, only=options.only)
    camera.work()
    camera.close()


if __name__ == "__main__":
    main()
