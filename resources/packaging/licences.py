"""One file with the licence of everything in a build.

What is in the build decides, not what is installed: each file is traced back to the
package that it belongs to. A package whose licence cannot be found stops the build.
"""

import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from resources.packaging.contents import SYMLINK, Entry

TEXTS: Final = Path(__file__).parent / "licences"
"""Licences of packages that come without one."""
_ROOT: Final = Path(__file__).resolve().parents[2]
_OWN_TEXTS: Final[Mapping[str, tuple[Path, ...]]] = {
    "latex2mathml": (TEXTS / "latex2mathml.txt",),
    "pyside6-essentials": (TEXTS / "LGPL-3.0.txt", TEXTS / "GPL-3.0.txt"),
    "sentencepiece": (_ROOT / "LICENSE",),  # the same: Apache-2.0
    "shiboken6": (TEXTS / "LGPL-3.0.txt",),
}
_ALSO_INSIDE: Final[Mapping[str, tuple[str, Path]]] = {
    "llama-cpp-python": ("llama.cpp and ggml (MIT)", TEXTS / "llama.cpp.txt"),
}
_OURS: Final = ("app", "converter", "resources")
_PYTHON_NAMES: Final = ("libpython", "python3", "vcruntime")
_LICENCE_NAMES: Final = ("licen", "copying", "notice")
_RULE: Final = "=" * 78
_HEAD: Final = """\
MOSS Desktop contains the work of many others. This file names everything that is in
this build, and its licence.

Qt, PySide6 and shiboken6 are under the GNU Lesser General Public License, version 3.
They are here unmodified, as shared libraries of their own in the folder PySide6 and
shiboken6, and are loaded when the program starts: whoever wants to use other builds of
the same version puts them in their place. Their source is at
https://download.qt.io/official_releases/ and nothing in MOSS Desktop's licence forbids
taking the program apart to find faults in such changes.
"""


class MissingLicenceError(Exception):
    """Something is in the build whose licence nobody has said."""


@dataclass(frozen=True, slots=True)
class Component:
    """Something that others have made.

    Attributes:
        name: With its version.
        licence: As its publisher names it.
        texts: The licences in full.
    """

    name: str
    licence: str
    texts: tuple[str, ...]


def write(folder: Path, entries: Iterable[Entry]) -> Path:
    """Writes the file.

    Args:
        folder: Where to.
        entries: Everything that is in the build.

    Raises:
        MissingLicenceError: A licence is missing.
    """
    sources = [
        _original(Path(name), Path(source).resolve())
        for name, source, kind in entries
        if kind != SYMLINK
    ]
    taken = [path for path in sources if not path.is_relative_to(folder.resolve())]
    target = folder / "LICENCES.txt"
    target.write_text(document(components(taken)), encoding="utf-8")
    return target


def document(found: Iterable[Component]) -> str:
    """The file's text."""
    listed = sorted(found, key=lambda component: component.name.lower())
    names = [f"  {component.name:44} {component.licence}" for component in listed]
    parts = [_HEAD, "\n".join(names)]
    for component in listed:
        title = f"{_RULE}\n{component.name}\n{component.licence}\n{_RULE}"
        parts += [title, *(text.strip() for text in component.texts)]
    return "\n\n".join(parts) + "\n"


def components(sources: Iterable[Path]) -> list[Component]:
    """Whose work some files are."""
    owners = {
        Path(str(distribution.locate_file(file))).resolve(): distribution
        for distribution in metadata.distributions()
        for file in distribution.files or ()
    }
    packages: dict[str, metadata.Distribution] = {}
    system: list[Path] = []
    for path in sources:
        owner = owners.get(path)
        if owner is not None:
            packages[owner.name.lower().replace("_", "-")] = owner
        elif not _is_ours(path) and not _is_pythons(path):
            system.append(path)
    found = [_of_package(name, owner) for name, owner in packages.items()]
    found += [_inside(name) for name in packages if name in _ALSO_INSIDE]
    return [*found, _python(), _pyinstaller(), *_of_system(system)]


def _original(name: Path, source: Path) -> Path:
    """The module that a compiled one was made of; any other file itself."""
    if source.suffix != ".pyc":
        return source
    modules = (Path(folder) / name.with_suffix(".py") for folder in sys.path)
    return next((path.resolve() for path in modules if path.is_file()), source)


def _is_ours(path: Path) -> bool:
    return any(path.is_relative_to(_ROOT / name) for name in _OURS)


def _is_pythons(path: Path) -> bool:
    library = Path(sysconfig.get_path("stdlib")).resolve()
    return path.is_relative_to(library) or path.name.startswith(_PYTHON_NAMES)


def _of_package(name: str, package: metadata.Distribution) -> Component:
    about = package.metadata
    licence = about.get("License-Expression") or about.get("License") or ""
    if not licence or "\n" in licence:
        named = [c for c in about.get_all("Classifier", []) if c.startswith("License")]
        licence = "; ".join(c.rpartition(" :: ")[2] for c in named)
    files = [
        Path(str(package.locate_file(file)))
        for file in package.files or ()
        if _says_licence(file.parts)
    ]
    texts = _texts([*files, *_OWN_TEXTS.get(name, ())])
    if not texts or not licence:
        raise MissingLicenceError(name)
    return Component(f"{package.name} {package.version}", licence, texts)


def _says_licence(parts: tuple[str, ...]) -> bool:
    return ".dist-info" in parts[0] and any(
        name in parts[-1].lower() for name in _LICENCE_NAMES
    )


def _inside(name: str) -> Component:
    title, text = _ALSO_INSIDE[name]
    plain, _, licence = title.rpartition(" ")
    return Component(plain, licence.strip("()"), _texts([text]))


def _python() -> Component:
    version = ".".join(map(str, sys.version_info[:3]))
    places = (
        Path(sys.base_prefix)
        / "lib"
        / f"python{sys.version_info[0]}.{sys.version_info[1]}",
        Path(sys.base_prefix),
        Path(f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}"),
    )
    files = [place / name for place in places for name in ("LICENSE.txt", "copyright")]
    texts = _texts([file for file in files if file.is_file()][:1])
    if not texts:
        raise MissingLicenceError(sys.base_prefix)
    return Component(f"Python {version}", "PSF-2.0", texts)


def _pyinstaller() -> Component:
    """Its launcher is in the build; an exception of its licence allows that."""
    package = metadata.distribution("pyinstaller")
    return _of_package("pyinstaller", package)


def _of_system(sources: Iterable[Path]) -> list[Component]:
    """Debian's packages that libraries come from, with its files of copyrights."""
    names: dict[str, str] = {}
    for source in sources:
        package = _debian_package(source)
        if not package:
            raise MissingLicenceError(source)
        version = _said(("dpkg-query", "-W", "-f", "${Version}", package))
        names[package.partition(":")[0]] = version
    return [
        Component(
            f"{name} {version} (Debian)",
            "see below",
            _texts([Path("/usr/share/doc") / name / "copyright"]),
        )
        for name, version in names.items()
    ]


def _debian_package(source: Path) -> str:
    """The package that a library was installed by, empty where there is none."""
    places = (source, Path("/usr") / source.relative_to("/"))
    places += tuple(Path(*("/", *place.parts[2:])) for place in (source,))
    for place in places:
        said = _said(("dpkg-query", "-S", str(place)))
        if said:
            return said.partition(": ")[0].partition(",")[0]
    return ""


def _said(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def _texts(files: Iterable[Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_read(file) for file in files))


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")
