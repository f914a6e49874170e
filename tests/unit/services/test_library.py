"""Models of this computer: found, remembered, deleted, moved, and never mixed up."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from app.catalogue import library_move
from app.catalogue.found_places import Program, Surroundings
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Usage
from app.services.library import Library
from app.services.library_models import Owner
from app.store.library_file import LibraryFile
from tests.fakes import model_trees, tiny_gguf
from tests.fakes.tiny_gguf import TinyModel

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)


class Bench:
    """A library on a user's folder that other programs use too."""

    def __init__(self, folder):
        self.user = folder / "用户"
        self.home = self.user / "data" / "models"
        self.file = self.user / "data" / "library.json"
        self.now = BEGIN
        self.library = self.another()

    def another(self):
        return Library(
            LibraryFile(self.file),
            self.home,
            around=Surroundings(self.user, {}, "linux"),
            clock=self.tick,
        )

    def tick(self):
        self.now += timedelta(minutes=1)
        return self.now

    def models(self):
        return {model.title: model for model in self.library.models().models}

    def add(self, name="q4 😀.gguf", seed=0):
        return model_trees.model(self.home / name, seed)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def usage(tokens, seconds=1.0):
    return Usage(generated_tokens=tokens, generate_seconds=seconds)


def test_without_anything_there_is_nothing(bench):
    assert bench.library.models().models == ()
    assert not bench.file.exists()


def test_a_file_that_was_put_there_is_a_model(bench):
    path = bench.add()
    model = bench.models()["q4 😀"]
    assert (model.owner, model.path, model.problem) == (Owner.PROGRAM, path, None)
    assert model.facts.form == "chat"
    assert model.files.size == path.stat().st_size
    assert model.record.added == bench.now
    assert bench.models()["q4 😀"].record == model.record
    path.unlink()
    assert bench.models() == {}
    # It comes back as it was.
    bench.library.used(path)
    shutil.copy2(bench.add("other.gguf"), path)
    assert bench.models()["q4 😀"].record.used


def test_models_of_other_programs_are_used_and_never_changed(bench):
    blob = model_trees.ollama(bench.user / ".ollama" / "models")
    link = model_trees.hub(bench.user / ".cache" / "huggingface" / "hub")
    mine = bench.add()
    found = bench.models()
    assert {title: (m.owner, m.program) for title, m in found.items()} == {
        "q4 😀": (Owner.PROGRAM, None),
        "model-q4": (Owner.OTHER, Program.HUGGING_FACE),
        "qwen:0.5b": (Owner.OTHER, Program.OLLAMA),
    }
    assert [model.owner for model in bench.library.models().models] == [
        Owner.PROGRAM,
        Owner.OTHER,
        Owner.OTHER,
    ]
    bench.library.used(blob)
    bench.library.replied(blob, usage(20))
    bench.library.rename(found["qwen:0.5b"], "  My\n Qwen ")
    renamed = bench.models()["My Qwen"]
    assert (renamed.path, renamed.owner, renamed.speed) == (blob, Owner.OTHER, 20.0)
    for model in (renamed, found["model-q4"]):
        with pytest.raises(UserError) as caught:
            bench.library.delete(model, None)
        assert caught.value.code is ErrorCode.LIBRARY_FOREIGN
    bench.library.empty_trash()
    assert blob.exists()
    assert link.exists()
    assert mine.exists()


def test_a_folder_of_another_program_stays_its_own_whatever_the_file_says(bench):
    model_trees.model(bench.user / ".lmstudio" / "models" / "o" / "n" / "n.gguf")
    bench.file.parent.mkdir(parents=True)
    bench.file.write_text(f'{{"folders": ["{bench.user / ".lmstudio"}"]}}')
    assert bench.models()["n"].owner is Owner.OTHER


def test_a_file_of_the_user_s_is_listed_once_it_was_used(bench):
    path = model_trees.model(bench.user / "Downloads" / "x.gguf")
    assert bench.models() == {}
    bench.library.used(path)
    model = bench.models()["x"]
    assert model.owner is Owner.USER
    with pytest.raises(UserError) as caught:
        bench.library.delete(model, None)
    assert caught.value.code is ErrorCode.LIBRARY_FOREIGN
    bench.library.forget(model)
    assert bench.models() == {}
    assert path.exists()


def test_speed_is_that_of_the_last_replies(bench):
    path = bench.add()
    for tokens in (100, 3, 10, 12, 11, 9, 10, 8, 10, 400):
        bench.library.replied(path, usage(tokens))
    model = bench.models()["q4 😀"]
    assert model.record.speeds == (10, 12, 11, 9, 10, 8, 10, 400)
    assert model.speed == 10
    assert BEGIN < model.record.used < model.record.added


def test_a_file_that_was_renamed_by_hand_is_known_again(bench):
    path = bench.add()
    bench.models()
    bench.library.replied(path, usage(50))
    bench.library.choose(bench.models()["q4 😀"])
    assert bench.library.default() == path
    folder = bench.home / "deeper"
    folder.mkdir()
    moved = path.rename(folder / "other.gguf")
    model = bench.models()["other"]
    assert (model.speed, model.is_default) == (50.0, True)
    assert bench.library.default() == moved


def test_a_file_that_was_replaced_by_hand_is_another_model(bench):
    path = bench.add()
    digest = model_trees.digest(path)
    bench.library.came(path, (digest,), origin="fnlp/moss", source="/c")
    bench.library.replied(path, usage(50))
    model = bench.models()["q4 😀"]
    assert (model.digests, model.record.origin) == ((digest,), "fnlp/moss")
    tiny_gguf.write(path, TinyModel(layers=3, form=""))
    model = bench.models()["q4 😀"]
    assert (model.digests, model.speed, model.record.checked) == ((), 0.0, None)


def test_digests_are_compared(bench):
    path = bench.add()
    model = bench.models()["q4 😀"]
    assert bench.library.checked(model, ("a",))
    model = bench.models()["q4 😀"]
    assert (model.digests, model.record.checked) == (("a",), bench.now)
    assert bench.library.checked(model, ("a",))
    assert not bench.library.checked(model, ("b",))
    assert bench.models()["q4 😀"].digests == ("a",)
    blob = model_trees.ollama(bench.user / ".ollama" / "models")
    other = bench.models()["qwen:0.5b"]
    assert other.digests == (model_trees.digest(blob),)
    assert not bench.library.checked(other, ("b",))
    assert path.exists()


def test_what_cannot_be_used_says_why(bench):
    bench.add()
    parts = tiny_gguf.write_parts(bench.home / "parts", TinyModel(form=""))
    parts[1].unlink()
    (bench.home / "damaged.gguf").write_bytes(b"GGUF\3\0\0\0" + b"\xff" * 50)
    data = bench.add("cut.gguf").read_bytes()
    (bench.home / "cut.gguf").write_bytes(data[:-50])
    tiny_gguf.write(bench.home / "embed.gguf", TinyModel(architecture="nomic-bert"))
    problems = {
        title: model.problem and (model.problem.code, model.problem.detail)
        for title, model in bench.models().items()
    }
    unreadable = ErrorCode.MODEL_UNREADABLE
    assert problems == {
        "q4 😀": None,
        "tiny": (unreadable, "tiny (2/3)"),
        "damaged": (unreadable, "damaged.gguf"),
        "cut": (unreadable, "cut.gguf (cut off)"),
    }


def test_a_disk_that_is_not_there_keeps_its_models_in_the_list(bench, tmp_path):
    disk = tmp_path / "disk"
    path = model_trees.model(disk / "big.gguf")
    bench.library.came(path, (model_trees.digest(path),))
    assert bench.models()["big"].owner is Owner.PROGRAM
    away = disk.rename(tmp_path / "away")
    model = bench.models()["big"]
    assert (model.path, model.problem.code) == (path, ErrorCode.MODEL_NOT_FOUND)
    away.rename(disk)
    assert bench.models()["big"].problem is None
    path.unlink()
    assert bench.models() == {}


def test_a_deleted_model_is_in_the_trash_and_comes_back_as_it_was(bench):
    path = bench.add()
    bench.library.replied(path, usage(50))
    model = bench.models()["q4 😀"]
    with pytest.raises(UserError) as caught:
        bench.library.delete(model, path)
    assert caught.value.code is ErrorCode.LIBRARY_IN_USE
    deleted = bench.library.delete(model, bench.home / "another.gguf")
    listing = bench.library.models()
    assert (listing.models, listing.deleted) == ((), (deleted,))
    assert listing.deleted[0].size == model.files.size
    bench.library.restore(deleted)
    assert bench.models()["q4 😀"].speed == 50.0
    deleted = bench.library.delete(bench.models()["q4 😀"], None)
    bench.library.empty_trash()
    listing = bench.library.models()
    assert (listing.models, listing.deleted) == ((), ())
    assert not path.exists()
    bench.add()
    assert bench.models()["q4 😀"].speed == 0.0


class Work:
    def done(self, size):
        pass


def test_a_moved_model_is_ours_where_it_is(bench, tmp_path):
    path, disk = bench.add(), tmp_path / "disk"
    neighbour = model_trees.model(disk / "neighbour.gguf", seed=5)
    bench.library.replied(path, usage(50))
    model = bench.models()["q4 😀"]
    bench.library.choose(model)
    bench.library.will_move(model, disk)
    assert bench.models()["q4 😀"].path == path
    library_move.move(model.files.files, disk, home=bench.home, work=Work())
    # Killed here, it is known all the same.
    assert bench.models()["q4 😀"].path == disk / path.name
    bench.library.moved(model, disk)
    found = bench.models()
    assert set(found) == {"q4 😀"}
    model = found["q4 😀"]
    assert (model.owner, model.speed) == (Owner.PROGRAM, 50.0)
    assert bench.library.default() == disk / path.name
    deleted = bench.library.delete(model, None)
    assert bench.another().models().deleted == (deleted,)
    bench.library.empty_trash()
    assert neighbour.exists()


def test_a_move_that_failed_leaves_no_trace(bench, tmp_path):
    bench.add()
    model = bench.models()["q4 😀"]
    bench.library.will_move(model, tmp_path)
    bench.library.not_moved(model, tmp_path)
    assert bench.models()["q4 😀"] == model


def test_what_was_broken_off_is_settled(bench):
    path = bench.add()
    deleted = bench.library.delete(bench.models()["q4 😀"], None)
    # Killed in the midst of putting it back.
    (deleted.folder / path.name).rename(path)
    bench.library.settle()
    listing = bench.library.models()
    assert (len(listing.models), listing.deleted) == (1, ())


def test_a_damaged_library_file_is_said_and_costs_no_model(bench):
    bench.add()
    bench.models()
    bench.file.write_text("{")
    listing = bench.library.models()
    assert [model.title for model in listing.models] == ["q4 😀"]
    assert [each.name for each in bench.file.parent.glob("*.broken")]


def test_links_to_one_file_are_one_model(bench):
    path = bench.add()
    (bench.home / "again.gguf").symlink_to(path)
    assert len(bench.models()) == 1
