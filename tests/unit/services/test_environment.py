"""What lies on the disk, and what the log says of lately."""

import logging

import pytest

from app import log
from app.paths import Paths
from app.services.environment import Kind, look_around, recent_problems, scrubbed


def paths_in(folder):
    return Paths(
        data=folder,
        config=folder,
        cache=folder,
        resources=folder / "resources",
        modules=folder / "backends",
    )


def by_kind(found):
    return {storage.kind: storage for storage in found.storage}


def test_an_empty_home_has_nothing(tmp_path):
    found = look_around(paths_in(tmp_path / "none"), frozen=False)
    assert [storage.kind for storage in found.storage] == list(Kind)
    assert all((s.files, s.size, s.free) == (0, 0, None) for s in found.storage)
    assert found.problems == ()
    assert found.version
    assert found.python.startswith("3.")


def test_what_lies_there_is_counted(tmp_path):
    paths = paths_in(tmp_path)
    paths.archive.write_bytes(b"a" * 10)
    paths.archive.with_name(f"{paths.archive.name}-wal").write_bytes(b"b" * 5)
    paths.archive.with_name("other").write_bytes(b"c" * 100)
    (paths.models / "one" / "two").mkdir(parents=True)
    (paths.models / "one" / "two" / "m.gguf").write_bytes(b"d" * 7)
    (paths.models / "n.gguf").write_bytes(b"e")
    found = by_kind(look_around(paths, frozen=True))
    assert (found[Kind.CHATS].files, found[Kind.CHATS].size) == (2, 15)
    assert (found[Kind.MODELS].files, found[Kind.MODELS].size) == (2, 8)
    assert found[Kind.MODELS].free > 0


@pytest.fixture
def logger(tmp_path):
    """The program's log in a folder; taken away afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    log.set_up(tmp_path)
    yield logging.getLogger("app.somewhere")
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_warnings_and_errors_are_told_and_nothing_else(tmp_path, logger, capsys):
    logger.info("a start")
    logger.warning("the engine ended")
    try:
        int("secret")
    except ValueError:
        logger.exception("a command failed")
    warning, error = recent_problems(log.log_file(tmp_path))
    assert (warning.level, warning.text) == (
        "WARNING",
        "app.somewhere: the engine ended",
    )
    assert (error.level, error.text) == ("ERROR", "app.somewhere: a command failed")
    assert warning.moment <= error.moment


def test_only_the_last_ones_are_told(tmp_path, logger, capsys):
    for number in range(5000):
        logger.warning("%s %d", "x" * 100, number)
    found = recent_problems(log.log_file(tmp_path))
    assert len(found) == 20
    assert found[-1].text.endswith(" 4999")


def test_a_log_that_is_damaged_or_not_there_is_no_trouble(tmp_path):
    path = log.log_file(tmp_path)
    assert recent_problems(path) == []
    path.write_bytes(
        b"\xff\x00\n2026-13-45 99:99:99,000 ERROR a: no such day\n"
        b"2026-11-22 10:00:00,000 ERROR a: real\n\n2026-"
    )
    assert [problem.text for problem in recent_problems(path)] == ["a: real"]


@pytest.mark.parametrize(
    "text",
    [
        "cannot read /home/anna/secret/chat.gguf",
        "cannot read /home/anna/my secret file.gguf",
        "cannot read models/anna/secret.gguf",
        "cannot read '/home/anna/my secret/a file.gguf': damaged",
        r"cannot read C:\Users\anna\secret.gguf",
        r"[Errno 2] No such file: 'C:\\Users\\anna\\my secret.gguf'",
        "https://anna:secret@example.org/secret?x=1 did not answer",
        "(/home/anna/secret)",
        "~/secret/模型.gguf",
    ],
)
def test_paths_and_addresses_are_not_told(text):
    told = scrubbed(text)
    assert "secret" not in told
    assert "anna" not in told
    assert "…" in told


def test_words_stay():
    text = "app.ui.chat: exit code 3 (SIGKILL), 2 of 3: 10 %, none: it's gone"
    assert scrubbed(text) == text
