"""Wherever a checkpoint lies and a GGUF is to be: it is, or a sentence says why not.

After an error nothing is left, and the checkpoint is as it was, whatever happened.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gguf import GGUFReader

from converter.__main__ import main
from converter.printable import printable
from tests.checkpoints import TINY, Shape, write_checkpoint
from tests.hostile import disks
from tests.imatrices import entry, random_sums, write_imatrix

ROOT = Path(__file__).resolve().parents[2]
MANY_TENSORS = Shape(width=32, layers=12, heads=4, rotary=4, context=64)
NAMES = [
    "模型 😀/my moss (1)",
    "a  b/ c",
    "ÄÖÜ ß/e\u0301",  # a letter and its accent apart
    "مرحبا/שלום",
    "'quoted' \"twice\"/$HOME `id` %s {0} \\",
    "👨\u200d👩\u200d👧/\u3000",
    "-v/--help",
    "~/*?[a]",
    "a\nb/c\td",
    "CON.gguf.part/...",
    os.fsdecode(b"\xff\xfe/caf\xe9"),
]


def contents(folder):
    """All that is in a folder, and when it was written."""
    return {
        path: (path.lstat().st_mode, path.lstat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def source(tmp_path):
    """A checkpoint in a place with an awkward name, which nothing may touch."""
    folder = write_checkpoint(tmp_path / "模型 😀" / "my moss (1)", layout="sharded")
    before = contents(folder)
    yield folder
    assert contents(folder) == before


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "输 出 🎉"
    folder.mkdir()
    return folder


def run(*arguments, limits=None, prefix=(), cwd=ROOT):
    """Runs the command as a process of its own."""
    return subprocess.run(
        [*prefix, sys.executable, "-m", "converter", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limits,
    )


def assert_refused(result, *words, code=5):
    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.endswith(".\n")
    assert result.stderr.count("\n") == 1
    for word in words:
        assert str(word) in result.stderr


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


# -- names -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_will_do(tmp_path, name):
    folder = write_checkpoint(tmp_path / name, layout="sharded")
    target = tmp_path / f"out {name.replace('/', ' ')}.gguf"
    result = run(folder, target, "--type", "F16")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert GGUFReader(target).tensors
    looked = run("inspect", target)
    assert (looked.returncode, looked.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_can_be_said(tmp_path, name, capsys):
    folder = str(write_checkpoint(tmp_path / name))
    target = str(tmp_path / f"out {name.replace('/', ' ')}.gguf")
    plan = [folder, target, "--dry-run"]
    for command in (plan, ["inspect", folder]):
        assert main(command) == 0
    assert capsys.readouterr().err == ""
    assert main([*plan, "--progress", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == target
    assert main(["inspect", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == folder
    assert main([folder, target, "--progress", "json"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["message"].startswith(f"{target}: ")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_an_importance_matrix_may_have_any_name(tmp_path, name):
    folder = write_checkpoint(tmp_path / "moss")
    name = name.replace("/", " ")
    imatrix = tmp_path / name
    sums = random_sums(TINY.width)
    write_imatrix(imatrix, {"blk.0.ffn_up.weight": entry(sums)})
    target = str(tmp_path / "moss.gguf")
    assert main([str(folder), target, "--imatrix", str(imatrix)]) == 0
    field = GGUFReader(target).get_field("quantize.imatrix.file")
    assert field.contents() == printable(name)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_errors_are_one_sentence_whatever_the_name(tmp_path, name):
    folder = write_checkpoint(tmp_path / name)
    (folder / "merges.txt").unlink()
    target = tmp_path / "moss.gguf"
    assert_refused(run(folder, target), "merges.txt: the file is missing", code=3)
    result = run(folder, target, "--progress", "json")
    assert result.stderr == ""
    assert json.loads(result.stdout)["code"] == "checkpoint"
    assert not target.exists()


def test_a_target_without_a_folder_is_in_the_current_one(source, out):
    assert run(source, "moss.gguf", cwd=out).returncode == 0
    assert names_in(out) == ["moss.gguf"]


def test_names_of_options_can_be_targets(source, out):
    assert run("--", source, "--help", cwd=out).returncode == 0
    assert names_in(out) == ["--help"]


# -- what is there already -------------------------------------------------------------


def test_a_folder_as_target(source, out):
    for options in ((), ("--force",)):
        assert_refused(run(source, out, *options), out, "this is a folder; give the")
    assert names_in(out) == []


@pytest.mark.parametrize("name", ["a/moss.gguf", "a/b/moss.gguf"])
def test_a_folder_that_is_missing(source, out, name):
    words = ("the folder does not exist; create it first", (out / name).parent)
    assert_refused(run(source, out / name), *words)
    assert names_in(out) == []


def test_a_file_in_place_of_the_folder(source, out):
    (out / "file").write_text("precious")
    words = ("the folder does not exist", out / "file")
    assert_refused(run(source, out / "file" / "moss.gguf"), *words)
    assert (out / "file").read_text() == "precious"


@pytest.mark.parametrize("length", [251, 255, 300, 5000])
def test_a_name_that_is_too_long(source, out, length):
    # The shortest is not too long itself, but has no room for the temporary name.
    target = out / ("x" * length)
    assert_refused(run(source, target), out, "the name is too long; choose a shorter")
    assert names_in(out) == []


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "vocab.json",
        "pytorch_model.bin.index.json",
        "pytorch_model-00002-of-00003.bin",
    ],
)
def test_a_file_of_the_checkpoint(source, out, name):
    (out / "link").symlink_to(source / name)
    for target in (source / name, out / "link", source / "." / name):
        assert_refused(run(source, target), target, "exists already; choose another")
        result = run(source, target, "--force")
        assert_refused(result, target, "belongs to the checkpoint; choose another")
    assert names_in(out) == ["link"]


def test_a_link_to_nothing(source, out):
    target = out / "moss.gguf"
    target.symlink_to(out / "nowhere")
    assert_refused(run(source, target), target, "exists already; choose another name")
    assert names_in(out) == ["moss.gguf"]
    assert run(source, target, "--force").returncode == 0
    assert names_in(out) == ["moss.gguf"]
    assert not target.is_symlink()


def test_a_link_to_a_file_is_replaced_and_not_the_file(source, out):
    target = out / "moss.gguf"
    (out / "other").write_text("precious")
    target.symlink_to(out / "other")
    assert run(source, target, "--force").returncode == 0
    assert (out / "other").read_text() == "precious"
    assert not target.is_symlink()


def test_a_link_to_nothing_in_the_checkpoint_does_no_harm(tmp_path, out):
    folder = write_checkpoint(tmp_path / "moss")
    (folder / "README.md").symlink_to("nowhere")
    target = out / "moss.gguf"
    target.write_text("old")
    assert run(folder, target, "--force").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes")
@pytest.mark.parametrize("options", [(), ("--force",)])
def test_a_pipe(source, out, options):
    # And so a device, which a file in its place would break for everybody.
    target = out / "moss.gguf"
    os.mkfifo(target)
    assert_refused(run(source, target, *options), target, "this is a device or a pipe")
    assert names_in(out) == ["moss.gguf"]
    assert target.is_fifo()


@pytest.mark.skipif(sys.platform == "win32", reason="no links and pipes")
@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "folder", "nowhere"])
@pytest.mark.parametrize("name", ["moss.gguf.part", "moss.gguf.part.journal"])
def test_something_else_under_a_temporary_name(source, out, kind, name):
    weights = source / "pytorch_model-00001-of-00003.bin"
    part = out / name
    match kind:
        case "link":
            part.symlink_to(weights)
        case "second name":
            part.hardlink_to(weights)
        case "nowhere":
            part.symlink_to(out / "nowhere")
        case "pipe":
            os.mkfifo(part)
        case "folder":
            part.mkdir()
    target = out / "moss.gguf"
    assert_refused(
        run(source, target), target, "with .part is not its own); remove that"
    )
    assert names_in(out) == [name]
    if kind == "second name":
        part.unlink()


# -- what is not allowed ---------------------------------------------------------------


@pytest.fixture
def powerless():
    """A command that takes from root the right to read and write everything."""
    if sys.platform == "win32":
        pytest.skip("permissions are other ones on Windows")
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv")
    rights = "-dac_override,-dac_read_search"
    return ("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}")


@pytest.fixture
def closed():
    """Takes permissions away until the test is over."""
    changed = []

    def close(path, mode):
        changed.append((path, path.stat().st_mode))
        path.chmod(mode)

    yield close
    for path, mode in reversed(changed):
        path.chmod(mode)


@pytest.mark.parametrize("mode", [0o555, 0o444, 0o000])
def test_a_folder_that_may_not_be_written(source, out, powerless, *, closed, mode):
    closed(out, mode)
    result = run(source, out / "moss.gguf", prefix=powerless)
    words = (out / "moss.gguf", "Permission denied", "choose another folder")
    assert_refused(result, *words)
    closed(out, 0o755)
    assert names_in(out) == []


@pytest.mark.parametrize(
    "name", ["config.json", "merges.txt", "added_tokens.json", "pytorch_model.bin"]
)
def test_a_file_that_may_not_be_read(tmp_path, out, name, *, powerless, closed):
    folder = write_checkpoint(tmp_path / "moss")
    closed(folder / name, 0o000)
    result = run(folder, out / "moss.gguf", prefix=powerless)
    assert_refused(result, folder / name, "Permission denied", code=3)
    assert names_in(out) == []


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_checkpoint_that_may_not_be_entered(
    tmp_path, out, powerless, *, closed, mode
):
    folder = write_checkpoint(tmp_path / "above" / "moss")
    closed(folder.parent, mode)
    for command in ((folder, out / "moss.gguf"), ("inspect", folder)):
        result = run(*command, prefix=powerless)
        assert_refused(result, folder, "Permission denied", code=3)
    closed(folder.parent, 0o755)
    assert names_in(out) == []


@pytest.fixture
def disk(tmp_path):
    """An empty folder for a disk of its own."""
    if disks.prefix() is None:
        pytest.skip("nothing may be mounted here, not even in a user namespace")
    folder = tmp_path / "小 disk 💾"
    folder.mkdir()
    return folder


def convert_onto(disk, options, source, *arguments, is_eaten=False):
    target = str(disk / "moss.gguf")
    job = disks.Job(
        disk=str(disk),
        options=options,
        arguments=[str(source), target, *arguments],
        is_eaten=is_eaten,
    )
    return disks.run(job)


def test_a_disk_that_may_not_be_written(source, disk):
    result = convert_onto(disk, "ro", source)
    words = f"error: {disk / 'moss.gguf'}: the file cannot be written (Read-only file"
    assert (result.code, result.left) == (5, [])
    assert result.errors.startswith(words)
    assert result.errors.endswith("choose another folder.\n")


def test_a_checkpoint_on_a_disk_that_may_not_be_written(source, out, powerless, closed):
    closed(source, 0o555)
    assert run(source, out / "moss.gguf", prefix=powerless).returncode == 0


# -- what does not fit -----------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_disk_that_is_too_small(source, disk, options):
    result = convert_onto(disk, "size=20k", source, *options)
    assert (result.code, result.left) == (5, [])
    words = "20.5 kB are free, and the file needs "
    assert result.errors.startswith(f"error: {disk}: {words}5")
    assert result.errors.endswith(" kB; free some space or choose another disk.\n")


def test_a_disk_that_fills_up(tmp_path, disk):
    folder = write_checkpoint(tmp_path / "moss", shape=MANY_TENSORS)
    before = contents(folder)
    options = ("--type", "F16", "--threads", "1", "--progress", "json")
    result = convert_onto(disk, "size=2m", folder, *options, is_eaten=True)
    assert (result.code, result.errors, result.left) == (5, "", ["other"])
    assert json.loads(result.lines[-1]) == {
        "stage": "failed",
        "code": "output",
        "message": f"{disk / 'moss.gguf'}: the disk is full; free some space or "
        "choose another disk.",
    }
    assert contents(folder) == before


def test_a_disk_that_is_large_enough(tmp_path, disk):
    folder = write_checkpoint(tmp_path / "moss", shape=MANY_TENSORS)
    result = convert_onto(disk, "size=2m", folder, "--type", "F16")
    assert (result.code, result.errors, result.left) == (0, "", ["moss.gguf"])


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_a_file_larger_than_allowed(source, out):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    target = out / "moss.gguf"
    result = run(source, target, "--type", "F16", limits=limit)
    assert_refused(result, target, "larger than allowed there); choose another disk")
    assert names_in(out) == []


# -- nobody listens --------------------------------------------------------------------


@pytest.mark.parametrize("progress", ["json", "none"])
def test_whoever_reads_along_may_go(tmp_path, out, progress):
    folder = write_checkpoint(tmp_path / "moss", shape=MANY_TENSORS)
    read, write = os.pipe()
    os.close(read)
    command = (sys.executable, "-m", "converter", folder, out / "moss.gguf")
    result = subprocess.run(
        [*command, "--progress", progress],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert result.stderr == ""
    is_heard = progress == "json"
    assert result.returncode == (130 if is_heard else 0)
    assert names_in(out) == [] if is_heard else ["moss.gguf"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("arguments", [("inspect",), ("inspect", "--json")])
def test_what_is_said_may_not_fit(source, arguments):
    with Path("/dev/full").open("w") as full:
        command = (sys.executable, "-m", "converter", *arguments, source)
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert result.returncode == 5
    assert "Traceback" not in result.stderr
