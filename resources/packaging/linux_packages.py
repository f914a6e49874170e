"""Linux packages of a build: a tar.xz for every distribution, and a .deb.

    python -m resources.packaging.linux_packages dist/moss --out dist

What the .deb depends on is worked out from the libraries in the build; one whose
package is not known here stops it. It has no scripts: menus, types of files and icons
are brought up to date by triggers of the packages that keep them, and chats lie where
no package manager looks. The same build makes the same packages: times are those of
the last commit, or `SOURCE_DATE_EPOCH`.
"""

import argparse
import gzip
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app import __version__
from resources.packaging import elf, icons
from resources.packaging.elf import Needs

_ROOT: Final = Path(__file__).resolve().parents[2]
_FILES: Final = Path(__file__).parent / "linux"
_SVG: Final = _ROOT / "resources" / "icons" / "moss.svg"
_NAME: Final = "moss-desktop"
_APP_ID: Final = "io.github.openmoss.desktop"
_ICON_SIZES: Final = (48, 64, 128, 256)
_MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_KIB: Final = 1024
_EXECUTABLE, _PLAIN = 0o755, 0o644

PACKAGES: Final = {
    "ld-linux-aarch64.so.1": "",
    "ld-linux-x86-64.so.2": "",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libc.so.6": "",
    "libcups.so.2": "",  # without it nothing is printed, and all else works
    "libdbus-1.so.3": "libdbus-1-3",
    "libdl.so.2": "",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libgthread-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libm.so.6": "",
    "libpthread.so.0": "",
    "libresolv.so.2": "",
    "librt.so.1": "",
    "libstdc++.so.6": "libstdc++6",
    "libutil.so.1": "",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb.so.1": "libxcb1",
}
"""Debian's packages of the libraries that a build leaves to the system; those of the C
library are one package, whose version is known."""
_ALSO: Final = ("xkb-data",)  # the tables of libxkbcommon
_RECOMMENDS: Final = (
    "ca-certificates",
    "desktop-file-utils",
    "fonts-wqy-microhei | fonts-noto-cjk",
    "libcups2t64 | libcups2",
    "shared-mime-info",
    "xdg-utils",
)


class UnknownLibraryError(Exception):
    """A build needs a library whose package is not known."""


def dependencies(needs: Needs) -> tuple[str, ...]:
    """The packages that a build depends on.

    Raises:
        UnknownLibraryError: One of them is not in `PACKAGES`.
    """
    unknown = sorted(set(needs.libraries) - PACKAGES.keys())
    if unknown:
        raise UnknownLibraryError(", ".join(unknown))
    major, minor = needs.glibc
    packages = {PACKAGES[name] for name in needs.libraries} - {""}
    return tuple(sorted({f"libc6 (>= {major}.{minor})", *packages, *_ALSO}))


def control(machine: str, kibibytes: int, needs: Needs) -> str:
    """The .deb's control file.

    Args:
        machine: As the system calls its processor.
        kibibytes: What it takes when it is installed.
        needs: What its files need of others.
    """
    return f"""\
Package: {_NAME}
Version: {__version__}
Architecture: {_MACHINES[machine]}
Maintainer: The MOSS Desktop authors <moss-desktop@localhost>
Installed-Size: {kibibytes}
Depends: {", ".join(dependencies(needs))}
Recommends: {", ".join(_RECOMMENDS)}
Section: utils
Priority: optional
Homepage: https://github.com/OpenMOSS/MOSS
Description: chat with MOSS on your own computer
 A desktop program for MOSS, the open chat model of Fudan University. It runs
 on the processor or the graphics card of this computer and needs no account
 and no connection. A small demo model is included; MOSS itself is converted
 from what its authors have published.
"""


def make_tree(build: Path, root: Path, when: datetime) -> None:
    """Lays out what a .deb installs, without its control file.

    Args:
        build: The folder that PyInstaller has made.
        root: The folder to be filled.
        when: The date of this version.
    """
    share = root / "usr/share"
    home = root / "usr/lib" / _NAME
    shutil.copytree(build, home, symlinks=True)
    programs = root / "usr/bin"
    programs.mkdir(parents=True)
    (programs / "moss").symlink_to(f"../lib/{_NAME}/moss")
    _write(
        programs / "moss-convert",
        f'#!/bin/sh\nexec /usr/lib/{_NAME}/moss --convert "$@"\n',
        _EXECUTABLE,
    )
    _write(share / f"applications/{_NAME}.desktop", _text(_FILES / f"{_NAME}.desktop"))
    _write(share / f"mime/packages/{_NAME}.xml", _text(_FILES / f"{_NAME}.xml"))
    about = _text(_FILES / f"{_APP_ID}.metainfo.xml")
    about = about.replace("@VERSION@", __version__)
    about = about.replace("@DATE@", f"{when:%Y-%m-%d}")
    _write(share / f"metainfo/{_APP_ID}.metainfo.xml", about)
    _write(share / f"icons/hicolor/scalable/apps/{_NAME}.svg", _text(_SVG))
    for size in _ICON_SIZES:
        at = share / f"icons/hicolor/{size}x{size}/apps/{_NAME}.png"
        at.parent.mkdir(parents=True)
        at.write_bytes(icons.png(_SVG, size))
    parts = [_ROOT / "NOTICE", _ROOT / "LICENSE", build / "LICENCES.txt"]
    copyright_text = "\n\n".join(_text(part) for part in parts)
    _write(share / f"doc/{_NAME}/copyright", copyright_text)
    changes = _text(_ROOT / "CHANGELOG.md").encode()
    packed = gzip.compress(changes, mtime=0)
    (share / f"doc/{_NAME}/changelog.gz").write_bytes(packed)


def deb(build: Path, out: Path, when: datetime) -> Path:
    """Makes the .deb.

    Raises:
        OSError: dpkg-deb is missing.
        UnknownLibraryError: What it depends on cannot be said.
    """
    machine = platform.machine()
    target = out / f"{_NAME}_{__version__}_{_MACHINES[machine]}.deb"
    with tempfile.TemporaryDirectory(prefix="moss-deb-") as name:
        root = Path(name)
        root.chmod(_EXECUTABLE)
        make_tree(build, root, when)
        files = [path for path in root.rglob("*") if path.is_file()]
        size = sum(path.lstat().st_size for path in files) // _KIB
        _write(
            root / "DEBIAN/control",
            control(machine, size, elf.together(build.rglob("*"))),
        )
        _write(root / "DEBIAN/md5sums", _md5sums(root, files))
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(when.timestamp()))}
        command = ("dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build")
        subprocess.run(
            (*command, root, target),
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
    return target


def tarball(build: Path, out: Path, when: datetime) -> Path:
    """Makes the tar.xz, with two threads.

    Raises:
        OSError: xz is missing.
    """
    inside = f"{_NAME}-{__version__}-linux-{platform.machine()}"
    target = out / f"{inside}.tar.xz"

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.mtime = int(when.timestamp())
        info.uid = info.gid = 0
        info.uname = info.gname = "root"
        return info

    with target.open("wb") as file:
        packer = subprocess.Popen(
            ("xz", "-T2", "-6", "-c"), stdin=subprocess.PIPE, stdout=file
        )
        with tarfile.open(fileobj=packer.stdin, mode="w|") as tar:
            for path in (build, *sorted(build.rglob("*"))):
                name = Path(inside) / path.relative_to(build)
                tar.add(path, str(name), recursive=False, filter=plain)
        packer.communicate()
        if packer.returncode:
            raise subprocess.CalledProcessError(packer.returncode, "xz")
    return target


def finish(build: Path) -> None:
    """Puts the licences where whoever opens the folder sees them."""
    inside = build / "_internal" / "LICENCES.txt"
    if inside.exists():
        inside.rename(build / "LICENCES.txt")
    for name in ("LICENSE", "NOTICE", "README.md", "CHANGELOG.md"):
        shutil.copyfile(_ROOT / name, build / name)


def when_made() -> datetime:
    """The time of the last commit, or what `SOURCE_DATE_EPOCH` says."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not said:
        command = ("git", "log", "-1", "--format=%ct")
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=_ROOT
        )
        said = done.stdout.strip() or str(int(_SVG.stat().st_mtime))
    return datetime.fromtimestamp(int(said), UTC)


def _md5sums(root: Path, files: Sequence[Path]) -> str:
    lines = []
    for path in sorted(files):
        if path.is_symlink():
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, _md5)
        lines.append(f"{digest.hexdigest()}  {path.relative_to(root)}\n")
    return "".join(lines)


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str, mode: int = _PLAIN) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def main() -> None:
    """Makes both, and a file of their checksums."""
    parser = argparse.ArgumentParser(prog="resources.packaging.linux_packages")
    parser.add_argument("build", type=Path, help="the folder that PyInstaller has made")
    parser.add_argument("--out", type=Path, required=True, help="where packages go")
    options = parser.parse_args()
    when = when_made()
    finish(options.build)
    made = [make(options.build, options.out, when) for make in (tarball, deb)]
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in made]
    (options.out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    for path in made:
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
