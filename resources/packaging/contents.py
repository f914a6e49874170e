"""Which of the files that PyInstaller has found go into the build.

PyInstaller takes every plugin of Qt, and with them all libraries of the system that any
of those wants: GTK, printing, Kerberos. Here plugins are named that are kept; libraries
stay only where something that is kept needs them; and what belongs to a system (its
graphics drivers, its fonts, its C++ library) is left to it.

An entry is what PyInstaller calls one: the name within the build, the file that it is
copied from, and a kind.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath
from typing import Final

Entry = tuple[str, str, str]
SYMLINK: Final = "SYMLINK"
BINARY: Final = "BINARY"
EXTENSION: Final = "EXTENSION"

PLUGINS: Final[Mapping[str, frozenset[str]]] = {
    "iconengines": frozenset({"svgicon"}),
    "imageformats": frozenset({"gif", "ico", "jpeg", "svg", "webp"}),
    "platforminputcontexts": frozenset(
        {"composeplatforminputcontext", "ibusplatforminputcontext"}
    ),
    "platforms": frozenset({"cocoa", "offscreen", "wayland", "windows", "xcb"}),
    "platformthemes": frozenset({"xdgdesktopportal"}),
    "printsupport": frozenset({"cupsprintersupport", "windowsprintersupport"}),
    "styles": frozenset({"mac", "macstyle", "modernwindowsstyle"}),
    "wayland-decoration-client": frozenset({"adwaita", "bradient"}),
    "wayland-shell-integration": frozenset({"xdg-shell"}),
}
"""Qt's plugins that are kept: by folder, their names without `libq` and `plugin`.
The program paints everything itself; nothing here draws with OpenGL, and Qt opens no
connection."""

SYSTEM: Final = re.compile(
    r"lib("
    r"stdc\+\+|gcc_s|gomp"  # newer graphics drivers need newer ones than ours
    r"|GL|GLX|EGL|OpenGL|GLdispatch|drm|gbm"  # belong to the driver
    r"|X11|X11-xcb|Xau|Xdmcp|Xext|Xrender|Xi|Xfixes|xcb|xcb-glx"
    r"|wayland-.*"
    r"|fontconfig|freetype|harfbuzz|graphite2|png16|expat|brotli.*"  # read its fonts
    r"|dbus-1|systemd|glib-2\.0|gthread-2\.0|gobject-2\.0|gio-2\.0|pcre2-8"
    r"|cups|gssapi_krb5"
    r")\.so\..*"
)
"""Libraries that every Linux desktop has, and that must be its own."""

TRANSLATIONS: Final = frozenset({"qtbase_zh_CN.qm"})
"""Qt's own words, in the languages of the window."""

_PLUGIN: Final = re.compile(r"(?:lib)?(?:q(?!t-))?(.+?)(?:plugin)?\.(?:so|dll|dylib)")
_QT_PLUGINS: Final = "plugins"
_QT_TRANSLATIONS: Final = "translations"
_UNUSED_QT: Final = re.compile(r"Qt(?:Network|DBus|OpenGL)\b")
"""Modules of PySide6 that PyInstaller takes along and nobody imports."""
_UNUSED_LLAMA: Final = re.compile(r"(?:lib)?(?:llama-common|mtmd|llava)\b.*")


def plugin_is_kept(path: PurePath) -> bool:
    """Whether one of Qt's plugins is used; any other file is kept."""
    if _QT_PLUGINS not in path.parts or "PySide6" not in path.parts:
        return True
    folder = path.parent.name
    match = _PLUGIN.fullmatch(path.name)
    return match is None or match[1] in PLUGINS.get(folder, ())


def translation_is_kept(path: PurePath) -> bool:
    """Whether a file of Qt's translations is used; any other file is kept."""
    ours = _QT_TRANSLATIONS not in path.parts or "PySide6" not in path.parts
    return ours or path.name in TRANSLATIONS


def trimmed(
    binaries: Iterable[Entry], imports: Callable[[str], Iterable[str]]
) -> list[Entry]:
    """The libraries that are used.

    Args:
        binaries: What PyInstaller has found.
        imports: The names of the libraries that a file asks for, without folders.

    Returns:
        Extensions and plugins that are kept, and the libraries that they need,
        directly or through others.
    """
    entries = [entry for entry in binaries if _may_stay(PurePath(entry[0]))]
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(PurePath(entry[0]).name, []).append(entry)
    kept: set[Entry] = set()
    waiting = [entry for entry in entries if _is_wanted(entry)]
    while waiting:
        entry = waiting.pop()
        if entry in kept:
            continue
        kept.add(entry)
        needed = [PurePath(entry[1]).name] if entry[2] == SYMLINK else imports(entry[1])
        for name in needed:
            waiting += by_name.get(PurePath(name).name, [])
    return [entry for entry in entries if entry in kept]


def _may_stay(path: PurePath) -> bool:
    unused = "PySide6" in path.parts and _UNUSED_QT.match(path.name)
    return not unused and plugin_is_kept(path) and not SYSTEM.fullmatch(path.name)


def _is_wanted(entry: Entry) -> bool:
    """Whether something is used by Python, Qt or ggml, which load it by its name."""
    path = PurePath(entry[0])
    return (
        entry[2] == EXTENSION
        or _QT_PLUGINS in path.parts
        or "llama_cpp" in path.parts
        or path.name.lower().startswith(("libpython", "python3", "vcruntime"))
    )


def engine_libraries(folder: Path, destination: str) -> list[Entry]:
    """llama.cpp's libraries and ggml's modules, each of them once.

    A wheel cannot hold links, so it holds copies: `libggml.so` and `libggml.so.0`. Two
    copies in one process are two registries of devices. Here the second is a link.

    Args:
        folder: llama-cpp-python's `lib`.
        destination: Its name within the build.
    """
    real = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in {".so", ".dll", ".dylib"}
        and not _UNUSED_LLAMA.fullmatch(path.name)
    ]
    entries = [(f"{destination}/{path.name}", str(path), BINARY) for path in real]
    links = [
        (f"{destination}/{path.name}.0", path.name, SYMLINK)
        for path in real
        if path.with_name(f"{path.name}.0").is_file()
    ]
    return entries + links
