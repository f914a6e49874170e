"""The file with the licence of everything in a build."""

import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from resources.packaging import licences
from tests.conftest import ROOT

pytest.importorskip("PyInstaller", reason="the extra `package` is not installed")


def component(name, sources):
    found = {one.name.split()[0].lower(): one for one in licences.components(sources)}
    return found.get(name)


def file_of(package, ending):
    files = distribution(package).files or ()
    found = next(file for file in files if file.name.endswith(ending))
    return Path(str(distribution(package).locate_file(found))).resolve()


def test_a_file_brings_the_licence_of_its_package():
    sympy = component("sympy", [file_of("sympy", "polytools.py")])
    assert "BSD" in sympy.licence
    assert "Redistribution" in sympy.texts[0]


def test_qt_is_said_to_be_replaceable_and_has_its_licences():
    qt = component("pyside6_essentials", [file_of("PySide6_Essentials", "QtCore.pyi")])
    assert [text.split("\n", 1)[0].strip() for text in qt.texts] == [
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "GNU GENERAL PUBLIC LICENSE",
    ]
    text = licences.document([qt])
    assert "shared libraries" in text
    assert "puts them in their place" in text


def test_llama_cpp_comes_within_another_package():
    inside = component("llama.cpp", [file_of("llama_cpp_python", "llama_cpp.py")])
    assert inside.licence == "MIT"
    assert "The ggml authors" in inside.texts[0]


def test_python_and_the_launcher_are_always_there():
    assert component("python", []).texts
    assert component("pyinstaller", []).texts


def test_what_is_our_own_is_no_component():
    assert component("moss-desktop", [ROOT / "app/paths.py"]) is None


def test_a_library_that_nobody_knows_stops_the_build(tmp_path):
    stranger = tmp_path / "libstranger.so.1"
    stranger.touch()
    with pytest.raises(licences.MissingLicenceError, match="libstranger"):
        licences.components([stranger])


@pytest.mark.skipif(
    not (sys.platform == "linux" and Path("/var/lib/dpkg/status").exists()),
    reason="asks dpkg",
)
def test_a_library_of_the_system_has_its_distributions_file():
    library = next(Path("/usr/lib").glob("*/libz.so.1")).resolve()
    [zlib] = [c for c in licences.components([library]) if "(Debian)" in c.name]
    assert "zlib" in zlib.texts[0]
