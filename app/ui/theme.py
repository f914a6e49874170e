"""Colours, palette and style sheet: our own light and dark on Qt's Fusion style.

`QStyleHints.setColorScheme` does nothing on bare X11, so the palettes are our own and
only "follow the system" asks Qt.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)
from typing_extensions import override

from app.store.settings import Theme

_USUAL: Final = 100
_HERO: Final = 22
_HEADING: Final = 16
_ICON: Final = 16
_BLINK_MS: Final = 1000
_STILL: Final = "still"
"""The application's property that says that nothing is to move by itself."""
_EFFECTS: Final = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)
_COMPACT: Final = """
QMenu::item { padding: 3px 24px 3px 20px; }
QMenuBar::item { padding: 3px 8px; }
QToolButton { padding: 3px 6px; }
QToolButton#newChat { padding: 4px 8px; }
QToolButton#trash { padding: 3px 8px; }
QToolButton#toolSwitch { padding: 2px 8px 2px 5px; border-radius: 10px; }
QToolButton#chip { padding: 2px 8px 2px 5px; border-radius: 9px; }
QPushButton#suggestion { padding: 6px 10px; }
#sidebar QLineEdit { padding: 3px 6px; }
QDialog QPushButton { padding: 3px 10px; }
"""
"""What takes the place of the usual spaces."""


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of a theme, as `#rrggbb`.

    Attributes:
        window: The transcript's background.
        sidebar: The list of chats' background.
        field: What can be typed into.
        card: A user's message, a chip, a button under the pointer.
        border: Hairlines.
        text: Text.
        muted: Secondary text; at least 4.5:1 on every background.
        accent: Buttons, links, focus.
        on_accent: Text on `accent`.
        selection: Selected text and the chat that is shown.
        danger: Failures.
    """

    window: str
    sidebar: str
    field: str
    card: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str
    danger: str


LIGHT: Final = Colours(
    window="#fbfbf9",
    sidebar="#f1f1ee",
    field="#ffffff",
    card="#eef1ec",
    border="#d9dbd5",
    text="#1d211f",
    muted="#5b625e",
    accent="#2a7448",
    on_accent="#ffffff",
    selection="#cfe4d6",
    danger="#a8322d",
)
DARK: Final = Colours(
    window="#1c1f1d",
    sidebar="#161917",
    field="#252927",
    card="#2a2f2c",
    border="#3a403c",
    text="#e5e9e6",
    muted="#a3aba6",
    accent="#7cc899",
    on_accent="#10291a",
    selection="#33503f",
    danger="#f0908a",
)


@dataclass(frozen=True, slots=True)
class Look:
    """What else the user chose of how things look.

    Attributes:
        zoom: The size of text, in percent of the system's.
        compact: Whether there is less space between things.
        still: Whether nothing moves by itself.
    """

    zoom: int = 100
    compact: bool = False
    still: bool = False


class PlainDialogs(QProxyStyle):
    """Fusion without its old icons in the buttons of dialogs."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    @override
    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        if hint is QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 0
        if hint is QStyle.StyleHint.SH_Widget_Animation_Duration and is_still():
            return 0
        return super().styleHint(hint, option, widget, returnData)


def colours(choice: Theme) -> Colours:
    """The colours for a choice; the system is asked where it is followed."""
    match choice:
        case Theme.LIGHT:
            return LIGHT
        case Theme.DARK:
            return DARK
        case Theme.SYSTEM:
            scheme = QGuiApplication.styleHints().colorScheme()
            return DARK if scheme is Qt.ColorScheme.Dark else LIGHT


def apply(
    application: QApplication,
    chosen: Colours,
    look: Look = Look(),
) -> None:
    """Gives the whole application a theme."""
    application.setPalette(palette_of(chosen))
    font = _font(look.zoom)
    if font != application.font():
        application.setFont(font)
    _keep_still(application, still=look.still)
    sheet = _style_sheet(chosen) + _sizes(look.zoom)
    application.setStyleSheet(sheet + (_COMPACT if look.compact else ""))


def is_still() -> bool:
    """Whether nothing is to move by itself."""
    application = QApplication.instance()
    return application is not None and bool(application.property(_STILL))


def _keep_still(application: QApplication, *, still: bool) -> None:
    """Ends what Qt itself moves: menus that fade in, the cursor that blinks."""
    if still is is_still():
        return
    application.setProperty(_STILL, still)
    for effect in _EFFECTS:
        application.setEffectEnabled(effect, not still)
    application.setCursorFlashTime(0 if still else _BLINK_MS)


def _font(zoom: int) -> QFont:
    """The system's font in another size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * zoom / _USUAL)
    else:
        font.setPixelSize(round(font.pixelSize() * zoom / _USUAL))
    return font


def palette_of(chosen: Colours) -> QPalette:
    """A theme's colours in Qt's roles."""
    role = QPalette.ColorRole
    palette = QPalette()
    for target, colour in (
        (role.Window, chosen.window),
        (role.WindowText, chosen.text),
        (role.Base, chosen.field),
        (role.AlternateBase, chosen.card),
        (role.Text, chosen.text),
        (role.Button, chosen.card),
        (role.ButtonText, chosen.text),
        (role.BrightText, chosen.danger),
        (role.ToolTipBase, chosen.card),
        (role.ToolTipText, chosen.text),
        (role.PlaceholderText, chosen.muted),
        (role.Highlight, chosen.selection),
        (role.HighlightedText, chosen.text),
        (role.Link, chosen.accent),
        (role.LinkVisited, chosen.accent),
        (role.Mid, chosen.border),
        (role.Accent, chosen.accent),
        (role.Light, chosen.field),
        (role.Midlight, chosen.card),
        (role.Dark, chosen.border),
        (role.Shadow, chosen.border),
    ):
        palette.setColor(target, QColor(colour))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(chosen.muted))
    return palette


def _sizes(zoom: int) -> str:
    """What is not as large as its text by itself."""
    sizes = (_HERO, _HEADING, _ICON)
    hero, heading, icon = (round(size * zoom / _USUAL) for size in sizes)
    return f"""
#sectionTitle {{ font-size: {heading}px; font-weight: 600; padding: 4px 0px; }}
#hero {{ font-size: {hero}px; font-weight: 600; }}
QToolButton, QPushButton, QLineEdit, QMenu {{ icon-size: {icon}px; }}
"""


def _style_sheet(c: Colours) -> str:
    return f"""
QToolTip {{ color: {c.text}; background: {c.card}; border: 1px solid {c.border};
    padding: 4px; }}
QMenuBar {{ background: {c.sidebar}; color: {c.text};
    border-bottom: 1px solid {c.border}; }}
QMenuBar::item {{ padding: 5px 10px; background: transparent; }}
QMenuBar::item:selected {{ background: {c.selection}; }}
QMenu {{ background: {c.field}; color: {c.text}; border: 1px solid {c.border};
    padding: 4px; }}
QMenu::item {{ padding: 6px 28px 6px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.selection}; }}
QMenu::item:disabled {{ color: {c.muted}; }}
QMenu::separator {{ height: 1px; background: {c.border}; margin: 4px 8px; }}
QSplitter::handle {{ background: {c.border}; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {c.border}; border-radius: 4px;
    min-height: 32px; margin: 1px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {c.border}; border-radius: 4px;
    min-width: 32px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

#sidebar {{ background: {c.sidebar}; }}
#sidebar QLineEdit {{ background: {c.field}; border: 1px solid {c.border};
    border-radius: 8px; padding: 6px 8px; }}
#sidebar QLineEdit:focus {{ border-color: {c.accent}; }}
#sidebar QListView {{ background: transparent; border: 1px solid transparent;
    border-radius: 8px; outline: none; }}
#sidebar QListView:focus {{ border-color: {c.accent}; }}
#transcript {{ border: 1px solid transparent; }}
#transcript:focus {{ border-color: {c.accent}; }}
#focusBar {{ background: {c.accent}; }}

#header {{ background: {c.window}; border-bottom: 1px solid {c.border}; }}
#chatTitle {{ font-weight: 600; }}
#muted, #clipped {{ color: {c.muted}; }}
#problem {{ color: {c.danger}; }}
#author {{ font-weight: 600; color: {c.text}; }}
#demoNote {{ color: {c.muted}; }}

QToolButton {{ border: 1px solid transparent; border-radius: 8px; padding: 5px 8px;
    background: transparent; color: {c.text}; }}
QToolButton:hover {{ background: {c.card}; }}
QToolButton:focus {{ border-color: {c.accent}; }}
QToolButton:disabled {{ color: {c.muted}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton#newChat {{ background: {c.field}; border: 1px solid {c.border};
    padding: 7px 10px; text-align: left; }}
QToolButton#newChat:hover {{ background: {c.card}; }}
QToolButton#newChat:focus {{ border-color: {c.accent}; }}
QToolButton#trash {{ text-align: left; padding: 6px 10px; }}
QToolButton#trash:checked {{ background: {c.selection}; }}
QToolButton#chip {{ background: {c.card}; border: 1px solid {c.border};
    border-radius: 12px; padding: 3px 10px 3px 7px; }}
QToolButton#chip:hover {{ border-color: {c.muted}; }}
QToolButton#chip:focus {{ border-color: {c.accent}; }}
QToolButton#toolSwitch {{ padding: 4px 10px 4px 7px; border-radius: 12px;
    color: {c.muted}; border: 1px solid {c.border}; }}
QToolButton#toolSwitch:checked {{ background: {c.selection}; color: {c.text};
    border-color: {c.selection}; }}
QToolButton#toolSwitch:focus {{ border-color: {c.accent}; }}
QToolButton#send {{ background: {c.accent}; color: {c.on_accent}; border-radius: 10px;
    padding: 7px; }}
QToolButton#send:disabled {{ background: {c.border}; }}
QToolButton#send:focus {{ border: 2px solid {c.text}; padding: 6px; }}

#composer {{ background: {c.field}; border: 1px solid {c.border};
    border-radius: 14px; }}
#composer[focused="true"] {{ border-color: {c.accent}; }}
#composer QPlainTextEdit {{ background: transparent; border: none; }}
#composer #attachmentText {{ background: {c.card}; border-radius: 8px;
    color: {c.muted}; }}
#attachment {{ background: {c.card}; border: 1px solid {c.border};
    border-radius: 12px; }}
QToolButton#attachmentName {{ border-radius: 12px; padding: 3px 4px 3px 7px; }}
QToolButton#attachmentName:focus, QToolButton#attachmentRemove:focus {{
    border-color: {c.accent}; }}
QToolButton#attachmentRemove {{ border-radius: 10px; padding: 3px 6px; }}
QToolButton#attachmentRemove:hover {{ background: {c.selection}; }}
QPushButton#small {{ border: 1px solid {c.border}; border-radius: 8px;
    padding: 3px 10px; background: {c.field}; }}
QPushButton#small:hover {{ background: {c.card}; }}
QPushButton#small:focus {{ border-color: {c.accent}; }}
#popover {{ background: {c.field}; border: 1px solid {c.border}; }}
#userCard {{ background: {c.card}; border-radius: 12px; }}
#spotlight {{ background: transparent; border: 2px solid {c.accent};
    border-radius: 12px; }}
#detail {{ background: transparent; border: none;
    border-left: 2px solid {c.border}; color: {c.muted}; padding-left: 8px; }}
#detail:focus {{ border-left-color: {c.accent}; }}
#messageText {{ background: transparent; border: none; }}
QToolButton#messageAction {{ padding: 3px; border-radius: 6px; }}
QToolButton#messageAction:hover {{ background: {c.selection}; }}
QToolButton#resumeReply {{ padding: 2px 8px 2px 4px; border-radius: 6px;
    border: 1px solid {c.border}; color: {c.text}; }}
QToolButton#resumeReply:hover {{ background: {c.card}; }}
QToolButton#resumeReply:focus {{ border-color: {c.accent}; }}
QScrollArea#compared {{ background: {c.field}; border: 1px solid {c.border};
    border-radius: 10px; }}
QScrollArea#compared > QWidget > QWidget {{ background: transparent; }}
#messageEditor {{ background: {c.field}; border: 1px solid {c.accent};
    border-radius: 10px; }}
#messageEditor QPlainTextEdit {{ background: transparent; border: none; }}
#remark QLineEdit {{ background: {c.field}; border: 1px solid {c.border};
    border-radius: 8px; padding: 4px 8px; }}
#remark QLineEdit:focus {{ border-color: {c.accent}; }}
#messageEditor QPushButton, #remark QPushButton {{ border: 1px solid {c.border};
    border-radius: 8px; padding: 5px 14px; background: {c.field}; }}
#messageEditor QPushButton:hover, #remark QPushButton:hover {{
    background: {c.card}; }}
#messageEditor QPushButton:focus, #remark QPushButton:focus {{
    border-color: {c.accent}; }}
QToolButton#copyCode {{ color: {c.muted}; padding: 2px 8px; }}
QToolButton#copyCode:hover {{ background: {c.selection}; color: {c.text}; }}
#notice {{ background: {c.card}; border-top: 1px solid {c.border}; }}
#permission, #waiting {{ background: {c.card}; border: 1px solid {c.accent};
    border-radius: 12px; }}
#references QPushButton {{ border: 1px solid transparent; border-radius: 4px;
    padding: 3px 0px; text-align: left; background: transparent; color: {c.accent}; }}
#references QPushButton:hover {{ text-decoration: underline; }}
#references QPushButton:focus {{ border-color: {c.accent}; }}
#notice QPushButton, #permission QPushButton, #waiting QPushButton,
QDialog QPushButton {{
    border: 1px solid {c.border};
    border-radius: 8px; padding: 5px 14px; background: {c.field}; }}
#notice QPushButton:hover, #permission QPushButton:hover,
#waiting QPushButton:hover, QDialog QPushButton:hover {{
     background: {c.card}; }}
#notice QPushButton:focus, #permission QPushButton:focus,
#waiting QPushButton:focus, QDialog QPushButton:focus {{
    border-color: {c.accent}; }}
QDialog QAbstractItemView, QDialog QPlainTextEdit, QDialog QTextBrowser {{
    border: 1px solid {c.border};
    border-radius: 4px; background: {c.field}; }}
QDialog QAbstractItemView:focus, QDialog QPlainTextEdit:focus,
QDialog QTextBrowser:focus, QScrollArea#compared:focus {{ border-color: {c.accent}; }}
QDialog QLineEdit, QDialog QComboBox, QDialog QSpinBox, QDialog QDoubleSpinBox {{
    min-height: 24px; }}
QDialog#palette {{ background: {c.field}; border: 1px solid {c.muted}; }}
QDialog#palette QLineEdit {{ background: {c.window}; border: 1px solid {c.border};
    border-radius: 8px; padding: 6px 8px; }}
QDialog#palette QLineEdit:focus {{ border-color: {c.accent}; }}
QDialog#palette QListView {{ background: transparent; border: none; outline: none; }}
#settingRow {{ border: none; border-left: 3px solid transparent; }}
#settingRow[changed="true"] {{ border-left-color: {c.accent}; }}
#settingTitle {{ font-weight: 600; }}
#settingRow QLineEdit[wrong="true"] {{ color: {c.danger}; }}
QListWidget#settingSections {{ background: {c.sidebar};
    border: 1px solid {c.sidebar}; border-radius: 8px; padding: 3px; outline: none; }}
QListWidget#settingSections:focus {{ border-color: {c.accent}; }}
QListWidget#settingSections::item {{ padding: 6px 8px; border-radius: 6px; }}
QListWidget#settingSections::item:hover {{ background: {c.card}; }}
QListWidget#settingSections::item:selected {{ background: {c.selection};
    color: {c.text}; }}
QHeaderView::section {{ background: {c.card}; color: {c.muted}; border: none;
    border-bottom: 1px solid {c.border}; padding: 4px 6px; }}
QRadioButton::indicator {{ width: 12px; height: 12px; border-radius: 7px;
    border: 1px solid {c.muted}; background: {c.field}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border-radius: 7px;
    border: 4px solid {c.accent}; }}
QProgressBar {{ background: {c.card}; border: none; border-radius: 4px;
    min-height: 8px; max-height: 8px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 4px; }}
QPushButton#suggestion {{ background: {c.field}; border: 1px solid {c.border};
    border-radius: 12px; padding: 10px 14px; text-align: left; }}
QPushButton#suggestion:hover {{ background: {c.card}; }}
QPushButton#suggestion:focus {{ border-color: {c.accent}; }}
"""
