"""What Linux packages say of themselves."""

import shutil
import subprocess
import sys
import tarfile
from datetime import UTC, datetime

import pytest

from app import __version__
from resources.packaging import elf, linux_packages
from resources.packaging.elf import Needs

WHEN = datetime(2026, 5, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="for Linux")


@pytest.fixture
def build(tmp_path):
    """A folder as PyInstaller makes it, with nothing in it that runs."""
    folder = tmp_path / "moss"
    (folder / "_internal").mkdir(parents=True)
    (folder / "moss").write_text("#!/bin/sh\n")
    (folder / "moss").chmod(0o755)
    (folder / "_internal/libggml.so").write_text("ggml")
    (folder / "_internal/libggml.so.0").symlink_to("libggml.so")
    (folder / "LICENCES.txt").write_text("All of them.")
    return folder


def test_dependencies_are_those_of_the_libraries():
    needs = Needs(("libEGL.so.1", "libc.so.6", "libX11.so.6"), (2, 35))
    assert linux_packages.dependencies(needs) == (
        "libc6 (>= 2.35)",
        "libegl1",
        "libx11-6",
        "xkb-data",
    )


def test_a_library_of_no_known_package_stops_the_build():
    with pytest.raises(linux_packages.UnknownLibraryError, match="libnew"):
        linux_packages.dependencies(Needs(("libnew.so.1",), (2, 34)))


@pytest.mark.skipif(not shutil.which("objdump"), reason="objdump is not installed")
def test_what_a_program_needs_is_read_from_it(tmp_path):
    needs = elf.needs(type(tmp_path)("/bin/ls").resolve())
    assert "libc.so.6" in needs.libraries
    assert needs.glibc[0] == 2
    text = tmp_path / "text"
    text.write_text("no program")
    assert elf.needs(text) == Needs()


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb is not installed")
def test_a_deb_has_what_a_desktop_looks_for_and_no_scripts(build, tmp_path, qapp):
    deb = linux_packages.deb(build, tmp_path, WHEN)
    listed = subprocess.run(["dpkg-deb", "-c", deb], capture_output=True, check=True)
    files = listed.stdout.decode()
    for name in (
        "./usr/bin/moss -> ../lib/moss-desktop/moss",
        "./usr/bin/moss-convert",
        "./usr/lib/moss-desktop/_internal/libggml.so.0 -> libggml.so",
        "./usr/share/applications/moss-desktop.desktop",
        "./usr/share/mime/packages/moss-desktop.xml",
        "./usr/share/metainfo/io.github.openmoss.desktop.metainfo.xml",
        "./usr/share/icons/hicolor/scalable/apps/moss-desktop.svg",
        "./usr/share/icons/hicolor/48x48/apps/moss-desktop.png",
        "./usr/share/doc/moss-desktop/copyright",
    ):
        assert name in files, name
    assert "root/root" in files
    shutil.rmtree(build)
    subprocess.run(["dpkg-deb", "-e", deb, tmp_path / "control"], check=True)
    assert {path.name for path in (tmp_path / "control").iterdir()} == {
        "control",
        "md5sums",
    }
    said = (tmp_path / "control/control").read_text()
    assert f"Version: {__version__}\n" in said
    assert "Depends: libc6" in said


@pytest.mark.skipif(not shutil.which("xz"), reason="xz is not installed")
def test_a_tarball_has_one_folder_and_is_the_same_again(build, tmp_path):
    first = linux_packages.tarball(build, tmp_path, WHEN).read_bytes()
    made = linux_packages.tarball(build, tmp_path, WHEN)
    assert made.read_bytes() == first
    with tarfile.open(made) as tar:
        roots = {member.name.split("/")[0] for member in tar}
        program = tar.getmember(f"{roots.copy().pop()}/moss")
        assert (len(roots), program.mode, program.uname) == (1, 0o755, "root")
        assert tar.getmember(f"{roots.pop()}/_internal/libggml.so.0").issym()


@pytest.mark.skipif(not shutil.which("appstreamcli"), reason="needs appstreamcli")
def test_software_centres_can_read_what_is_said_of_it(build, tmp_path, qapp):
    linux_packages.make_tree(build, tmp_path / "root", WHEN)
    share = tmp_path / "root/usr/share"
    [about] = share.glob("metainfo/*.xml")
    done = subprocess.run(
        ["appstreamcli", "validate", "--no-net", about],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
