"""What goes into a build, and what is left to the system."""

from pathlib import PurePath

import pytest

from resources.packaging import contents
from resources.packaging.contents import BINARY, EXTENSION, SYMLINK

QT = "PySide6/Qt"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (f"{QT}/plugins/platforms/libqxcb.so", True),
        (f"{QT}/plugins/platforms/libqwayland.so", True),
        (f"{QT}/plugins/platforms/libqeglfs.so", False),
        ("PySide6/plugins/platforms/qwindows.dll", True),
        ("PySide6/plugins/platforms/qdirect2d.dll", False),
        (f"{QT}/plugins/platforms/libqcocoa.dylib", True),
        (f"{QT}/plugins/platformthemes/libqgtk3.so", False),
        (f"{QT}/plugins/iconengines/libqsvgicon.so", True),
        (f"{QT}/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so", 1),
        (f"{QT}/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so", False),
        (f"{QT}/plugins/wayland-shell-integration/libxdg-shell.so", True),
        (f"{QT}/plugins/tls/libqopensslbackend.so", False),
        ("numpy/plugins/platforms/libqeglfs.so", True),
        (f"{QT}/lib/libQt6Core.so.6", True),
    ],
)
def test_plugins_that_are_used(path, kept):
    assert contents.plugin_is_kept(PurePath(path)) == kept


def test_translations_of_the_windows_languages():
    folder = PurePath(QT) / "translations"
    assert contents.translation_is_kept(folder / "qtbase_zh_CN.qm")
    assert not contents.translation_is_kept(folder / "qtbase_de.qm")
    assert contents.translation_is_kept(PurePath("resources/translations/moss_de.qm"))


def test_libraries_stay_where_something_that_is_kept_needs_them():
    needs = {
        "/ssl": ["libssl.so.3", "libc.so.6"],
        "/libssl": ["libcrypto.so.3"],
        "/gtk-theme": ["libgtk-3.so.0"],
        "/xcb": ["libQt6Gui.so.6", "libX11.so.6"],
        "/X11": ["libonlyX11needs.so.1"],
    }
    entries = [
        ("python3.11/lib-dynload/_ssl.so", "/ssl", EXTENSION),
        ("libssl.so.3", "/libssl", BINARY),
        ("libcrypto.so.3", "/libcrypto", BINARY),
        (f"{QT}/plugins/platformthemes/libqgtk3.so", "/gtk-theme", BINARY),
        ("libgtk-3.so.0", "/gtk", BINARY),
        (f"{QT}/plugins/platforms/libqxcb.so", "/xcb", BINARY),
        ("libX11.so.6", "/X11", BINARY),
        ("libonlyX11needs.so.1", "/only", BINARY),
        (f"{QT}/lib/libQt6Gui.so.6", "/gui", BINARY),
        ("libQt6Gui.so.6", f"{QT}/lib/libQt6Gui.so.6", SYMLINK),
        ("PySide6/QtNetwork.abi3.so", "/network", EXTENSION),
    ]
    kept = contents.trimmed(entries, lambda file: needs.get(file, []))
    assert [PurePath(name).name for name, _, _ in kept] == [
        "_ssl.so",
        "libssl.so.3",
        "libcrypto.so.3",
        "libqxcb.so",
        "libQt6Gui.so.6",
        "libQt6Gui.so.6",
    ]


def test_what_belongs_to_the_graphics_driver_and_the_fonts_is_the_systems():
    theirs = (
        "libGL.so.1 libEGL.so.1 libstdc++.so.6 libgcc_s.so.1 libX11.so.6 libxcb.so.1"
    )
    for name in [*theirs.split(), "libfontconfig.so.1", "libwayland-client.so.0"]:
        assert contents.SYSTEM.fullmatch(name), name
    for name in [
        "libxcb-cursor.so.0",
        "libssl.so.3",
        "libGLobal.so.1",
        "libQt6Gui.so.6",
    ]:
        assert not contents.SYSTEM.fullmatch(name), name


def test_libraries_of_the_engine_are_there_once(tmp_path):
    for name in ("ggml", "llama"):
        for ending in (".so", ".so.0", ".so.0.25.3"):
            (tmp_path / f"lib{name}{ending}").touch()
    for name in ("libggml-cpu-haswell.so", "libllama-common.so", "libmtmd.so"):
        (tmp_path / name).touch()
    (tmp_path / "pkgconfig").mkdir()
    assert contents.engine_libraries(tmp_path, "lib") == [
        (
            "lib/libggml-cpu-haswell.so",
            str(tmp_path / "libggml-cpu-haswell.so"),
            BINARY,
        ),
        ("lib/libggml.so", str(tmp_path / "libggml.so"), BINARY),
        ("lib/libllama.so", str(tmp_path / "libllama.so"), BINARY),
        ("lib/libggml.so.0", "libggml.so", SYMLINK),
        ("lib/libllama.so.0", "libllama.so", SYMLINK),
    ]
