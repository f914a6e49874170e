"""The indexer and the reader as processes: limits, changes, and sudden ends."""

import os
import random
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app.plugins.documents import database
from app.plugins.documents.command import command_line
from app.plugins.documents.index import DocumentIndex
from app.plugins.documents.indexing import Indexing
from app.plugins.documents.messages import Job, Progress, Report, decode_event, encode
from app.plugins.documents.ranking import answers
from app.plugins.documents.reader_process import ReaderProcess
from app.plugins.documents.values import Problem
from tests.fakes.document_files import write_docx, write_epub, write_pdf, write_zip
from tests.fakes.document_library import write_library

MANY = 2000
_STRAY = "SELECT count(*) FROM places WHERE file NOT IN (SELECT id FROM files)"
READER = [sys.executable, "-m", "app.plugins.documents", "read"]


def indexed(path, folder, *, reader=None, anew=False, stopped=lambda: False):
    """One run in this process, at its ordinary priority; the reader is a child."""
    progress = []
    with DocumentIndex.open(path) as index, reader or ReaderProcess() as reading:
        indexing = Indexing(index, reading, report=progress.append, stopped=stopped)
        return indexing.run(Job([str(folder)], anew)), progress


def found(path, question):
    with database.open_for_reading(path) as index:
        return [Path(answer.path).name for answer in answers(index, question, 3)]


def problems(report):
    return {Path(file.path).name: file.problem for file in report.problems}


@contextmanager
def indexer(path):
    process = subprocess.Popen(
        command_line(path), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        yield process
        process.kill()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "papers 文件"
    made.mkdir()
    return made


def test_every_format_is_found_and_damage_is_skipped(tmp_path, folder):
    (folder / "a.txt").write_text("The zebra is striped.")
    (folder / "b.md").write_text("# Heading\nThe okapi is shy.")
    (folder / "c.html").write_text("<p>The tapir swims.</p>")
    write_docx(folder / "d.docx", ["The quagga is extinct."])
    write_epub(folder / "e.epub", {"One": ["The gnu wanders."]})
    write_pdf(folder / "f.pdf", ["The ibex climbs.", "羚羊跑得很快。"])
    (folder / "g.jpg").write_bytes(b"no document")
    (folder / ".hidden.txt").write_text("hidden zebra")
    whole = {
        kind: (folder / name).read_bytes()
        for kind, name in (("docx", "d.docx"), ("epub", "e.epub"), ("pdf", "f.pdf"))
    }
    for kind, data in whole.items():
        (folder / f"cut.{kind}").write_bytes(data[: len(data) // 2])
        (folder / f"empty.{kind}").write_bytes(b"")
        (folder / f"other.{kind}").write_bytes(b"not at all what it says " * 9)
    (folder / "bomb.docx").write_bytes(
        write_zip(
            tmp_path / "z", {"word/document.xml": b"\0" * (65 << 20)}
        ).read_bytes()
    )
    index = tmp_path / "index"

    report, progress = indexed(index, folder)

    damaged = {f"{how}.{kind}" for kind in whole for how in ("cut", "empty", "other")}
    assert problems(report) == dict.fromkeys(damaged, Problem.DAMAGED) | {
        "bomb.docx": Problem.EXPANDS
    }
    assert len(report.problems) == 10
    assert report.files == 6
    assert report.complete
    assert progress[-1] == Progress(16, 16, "", 0.0)
    for question, name in (
        ("zebra", "a.txt"),
        ("okapis", "b.md"),
        ("tapir", "c.html"),
        ("quagga", "d.docx"),
        ("gnu", "e.epub"),
        ("ibex", "f.pdf"),
        ("羚羊", "f.pdf"),
        ("快", "f.pdf"),
    ):
        assert found(index, question) == [name]


def test_changes_are_noticed_and_nothing_is_read_twice(tmp_path, folder):
    index = tmp_path / "index"
    for name in ("same", "touched", "changed", "gone"):
        (folder / f"{name}.txt").write_text(f"It says {name[::-1]}.")
    indexed(index, folder)
    (folder / "gone.txt").unlink()
    (folder / "changed.txt").write_text("Now it says albatross.")
    os.utime(folder / "touched.txt", (1, 1))
    (folder / "new.txt").write_text("A pelican.")
    reads = []

    class Watched(ReaderProcess):
        def read(self, path, known=b""):
            content = super().read(path, known)
            reads.append((Path(path).name, bool(content.passages)))
            return content

    report, _ = indexed(index, folder, reader=Watched())

    assert sorted(reads) == [
        ("changed.txt", True),
        ("new.txt", True),
        ("touched.txt", False),
    ]
    assert report.files == 4
    assert found(index, "enog") == []
    assert found(index, "albatross") == ["changed.txt"]
    assert found(index, "degnahc") == []
    assert found(index, "dehcuot") == ["touched.txt"]
    reads.clear()
    indexed(index, folder, reader=Watched())
    assert reads == []
    indexed(index, folder, reader=Watched(), anew=True)
    assert len(reads) == 4


def test_what_was_removed_is_not_in_the_file(tmp_path, folder):
    index = tmp_path / "index"
    (folder / "a.txt").write_text("the secret word is xylophonist")
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text("nothing of that kind")
    with DocumentIndex.open(index) as opened, ReaderProcess() as reader:
        run = Indexing(opened, reader, report=lambda _: None, stopped=lambda: False).run
        assert run(Job([str(folder), str(other)])).files == 2
        assert run(Job([str(other)])).files == 1
    files = [file.read_bytes() for file in tmp_path.glob("index*")]
    assert files
    assert not any(b"xylophonist" in data for data in files)


def test_a_folder_that_is_away_is_kept(tmp_path, folder):
    index = tmp_path / "index"
    (folder / "a.txt").write_text("on a stick")
    indexed(index, folder)
    away = folder.rename(tmp_path / "unplugged")
    report, _ = indexed(index, folder)
    assert report.missing == (str(folder),)
    assert found(index, "stick") == ["a.txt"]
    away.rename(folder)
    report, _ = indexed(index, folder)
    assert report.missing == ()
    assert report.files == 1


def test_limits_on_time_and_memory_cost_one_file(tmp_path, folder):
    """The reader that ran out of memory is replaced, and the others are read."""
    (folder / "1.txt").write_text("before")
    # Text that html.parser takes long for, and XML that unpacks to much text.
    (folder / "2.html").write_text("<p>word" * 2_000_000)
    xml = b"<w><p><t>" + b"many words " * 5_000_000 + b"</t></p></w>"
    write_zip(folder / "3.docx", {"word/document.xml": xml})
    (folder / "4.txt").write_text("after")
    index = tmp_path / "index"

    slow = ReaderProcess([*READER, "0.3", str(1 << 30)])
    report, _ = indexed(index, folder, reader=slow)
    assert problems(report)["2.html"] is Problem.TIME_LIMIT
    assert found(index, "before after") == ["1.txt", "4.txt"]

    (folder / "2.html").unlink()
    small = ReaderProcess([*READER, "60", str(140 << 20)])
    report, _ = indexed(index, folder, reader=small, anew=True)
    assert problems(report)["3.docx"] is Problem.MEMORY
    assert sorted(found(index, "before after")) == ["1.txt", "4.txt"]


def test_a_reader_that_dies_or_hangs_costs_one_file(tmp_path, folder):
    for name in ("1", "2", "3"):
        (folder / f"{name}.txt").write_text(f"text {name}")
    # A reader that dies at the second file, and one that never answers.
    for how, problem in (
        ("os.abort()", Problem.READER_LOST),
        ("input()", Problem.TIME_LIMIT),
    ):
        program = (
            "import os, sys\n"
            "from app.plugins.documents import reader\n"
            "from app.plugins.documents.extraction import fingerprint as real\n"
            "def broken(path):\n"
            f"    if path.name == '2.txt':\n        {how}\n"
            "    return real(path)\n"
            "reader.fingerprint = broken\n"
            "sys.exit(reader.main())\n"
        ).replace("input()", "__import__('threading').Event().wait()")
        reading = ReaderProcess([sys.executable, "-c", program], wait_seconds=8)
        report, _ = indexed(tmp_path / "index", folder, reader=reading, anew=True)
        assert problems(report) == {"2.txt": problem}
        assert report.files == 2


def test_it_stops_and_goes_on(tmp_path, folder):
    for number in range(40):
        (folder / f"{number}.txt").write_text(f"number n{number}")
    index = tmp_path / "index"
    asked = iter(range(1000))
    report, _ = indexed(index, folder, stopped=lambda: next(asked) > 20)
    assert not report.complete
    assert 0 < report.files < 40
    report, _ = indexed(index, folder)
    assert report.complete
    assert report.files == 40


def test_the_process_is_last_in_line_and_ends_with_its_parent(tmp_path, folder):
    for number in range(500):
        (folder / f"{number}.txt").write_text(f"number {number}")
    index = tmp_path / "index"
    with indexer(index) as process:
        process.stdin.write(encode(Job([str(folder)])))
        process.stdin.flush()
        first = decode_event(process.stdout.readline())
        assert isinstance(first, Progress)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19
        process.stdin.close()
        *_, last = process.stdout
        report = decode_event(last)
        assert process.wait(60) == 0
    assert isinstance(report, Report)
    with DocumentIndex.open(index) as opened:
        assert opened.counts().files == report.files


def test_killed_at_any_moment_it_goes_on(tmp_path, folder):
    rng = random.Random(11)
    texts = {f"{n}.txt": f"The number is n{n}. " + "filler " * 50 for n in range(300)}
    for name, text in texts.items():
        (folder / name).write_text(text)
    index = tmp_path / "index"
    for _ in range(12):
        with indexer(index) as process:
            process.stdin.write(encode(Job([str(folder)])))
            process.stdin.flush()
            process.stdout.readline()
            with suppress(subprocess.TimeoutExpired):
                process.wait(rng.random())
            process.kill()
            process.wait()
        with database.open_for_writing(index) as opened:
            assert opened.rows("PRAGMA integrity_check") == [("ok",)]
            assert opened.number(_STRAY) == 0
        name = rng.choice(list(texts))
        (folder / name).write_text(f"Written again: z{name}")
    report, _ = indexed(index, folder)
    assert report.complete
    assert report.files == len(texts)
    assert report.problems == ()


@pytest.mark.parametrize("damage", ["header", "middle", "other", "folder's"])
def test_a_broken_index_is_made_again(tmp_path, folder, damage):
    (folder / "a.txt").write_text("The zebra is striped. " * 2000)
    index = tmp_path / "index"
    indexed(index, folder)
    data = bytearray(index.read_bytes())
    match damage:
        case "header":
            data[:100] = b"x" * 100
        case "middle":
            for page in range(4096, len(data) - 4096, 8192):
                data[page : page + 2000] = os.urandom(2000)
        case "other":
            data = b"some text"
        case _:
            data[60:64] = (99).to_bytes(4, "big")  # another version
    index.write_bytes(data)
    report, _ = indexed(index, folder)
    assert report.files == 1
    assert found(index, "zebra") == ["a.txt"]


def test_two_thousand_files(tmp_path, folder):
    """In formats of all kinds; the progress never goes back."""
    write_library(folder, MANY)
    index = tmp_path / "index"
    report, progress = indexed(index, folder)
    assert report.files == MANY
    assert progress[-1].done == MANY
    done = [event.done for event in progress]
    assert done == sorted(done)
