"""Models of other programs: a made-up tree for each, on each system."""

import json
import os
from pathlib import Path

import pytest

from app.catalogue import found_places, model_files
from app.catalogue.found_places import Program, Surroundings
from tests.fakes import model_trees, tiny_gguf
from tests.fakes.tiny_gguf import TinyModel


def here(home: Path, platform="linux", **environment: str) -> Surroundings:
    return Surroundings(home, environment, platform)


def found(around: Surroundings) -> list[tuple[Program, str, Path]]:
    return [
        (each.program, each.model.name, each.model.path)
        for each in found_places.models(around)
    ]


PLACES = [
    ("linux", {}, Program.LM_STUDIO, ".lmstudio/models/Owner/Name-GGUF/n-Q4.gguf"),
    ("win32", {}, Program.LM_STUDIO, ".cache/lm-studio/models/O/N/n-Q4.gguf"),
    ("linux", {}, Program.GPT4ALL, ".local/share/nomic.ai/GPT4All/n-Q4.gguf"),
    ("win32", {}, Program.GPT4ALL, "AppData/Local/nomic.ai/GPT4All/n-Q4.gguf"),
    (
        "darwin",
        {},
        Program.GPT4ALL,
        "Library/Application Support/nomic.ai/GPT4All/n-Q4.gguf",
    ),
    ("linux", {}, Program.JAN, ".local/share/Jan/data/llamacpp/models/o/n-Q4.gguf"),
    ("win32", {}, Program.JAN, "AppData/Roaming/Jan/data/models/n/n-Q4.gguf"),
    (
        "darwin",
        {},
        Program.JAN,
        "Library/Application Support/Jan/data/models/n-Q4.gguf",
    ),
    ("linux", {}, Program.JAN, "jan/models/n/n-Q4.gguf"),
    ("linux", {}, Program.LLAMA_CPP, ".cache/llama.cpp/n-Q4.gguf"),
    ("win32", {}, Program.LLAMA_CPP, "AppData/Local/llama.cpp/n-Q4.gguf"),
    ("darwin", {}, Program.LLAMA_CPP, "Library/Caches/llama.cpp/n-Q4.gguf"),
    (
        "linux",
        {"XDG_DATA_HOME": "~/d"},
        Program.GPT4ALL,
        "d/nomic.ai/GPT4All/n-Q4.gguf",
    ),
    ("linux", {"LLAMA_CACHE": "~/l"}, Program.LLAMA_CPP, "l/n-Q4.gguf"),
    ("linux", {"HF_HOME": "~/h"}, Program.HUGGING_FACE, "h/hub/n-Q4.gguf"),
    ("darwin", {"HF_HUB_CACHE": "~/h"}, Program.HUGGING_FACE, "h/n-Q4.gguf"),
]


@pytest.mark.parametrize(("platform", "environment", "program", "path"), PLACES)
def test_a_program_s_model_is_found(tmp_path, platform, environment, program, path):
    made = model_trees.model(tmp_path / path)
    around = here(tmp_path, platform, **environment)
    assert found(around) == [(program, "n-Q4", made)]


def test_jan_s_files_are_called_by_their_folders(tmp_path):
    folder = tmp_path / ".local" / "share" / "Jan" / "data" / "llamacpp" / "models"
    made = model_trees.model(folder / "janhq" / "Jan-v1-Q4" / "model.gguf")
    assert found(here(tmp_path)) == [(Program.JAN, "janhq/Jan-v1-Q4", made)]


def test_the_hub_s_links_are_one_model_and_say_the_digest(tmp_path):
    link = model_trees.hub(tmp_path / ".cache" / "huggingface" / "hub")
    (model,) = found_places.models(here(tmp_path))
    assert (model.program, model.model.path) == (Program.HUGGING_FACE, link)
    assert model.model.digest == model_trees.digest(link)
    assert model.model.size == link.stat().st_size


@pytest.mark.parametrize("old", [False, True])
def test_ollama_s_blob_is_found_by_its_manifest(tmp_path, old):
    blob = model_trees.ollama(tmp_path / ".ollama" / "models", old=old)
    (model,) = found_places.models(here(tmp_path))
    assert (model.program, model.model.path) == (Program.OLLAMA, blob)
    assert model.model.name == "qwen:0.5b"
    assert model.model.digest == model_trees.digest(blob)


def test_ollama_s_names_are_those_it_shows(tmp_path):
    folder = tmp_path / "store"
    for name in (
        "registry.ollama.ai/someone/qwen/latest",
        "hf.co/owner/name-GGUF/Q4_K_M",
    ):
        model_trees.ollama(folder, name)
    around = here(tmp_path, OLLAMA_MODELS=str(folder))
    assert {each.model.name for each in found_places.models(around)} == {
        "someone/qwen:latest",
        "hf.co/owner/name-GGUF:Q4_K_M",
    }


def test_ollama_s_odd_manifests_are_passed_over(tmp_path):
    folder = tmp_path / ".ollama" / "models"
    blob = model_trees.ollama(folder)
    library = folder / "manifests" / "registry.ollama.ai" / "library"
    kind = "application/vnd.ollama.image.model"
    for number, layers in enumerate(
        (
            [{"mediaType": kind, "digest": "sha256:../../../etc/passwd"}],
            [{"mediaType": kind, "digest": "sha256:" + "1" * 64}],
            [{"mediaType": kind, "digest": 7}],
            [],
            "layers",
        )
    ):
        place = library / "odd" / str(number)
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps({"layers": layers}))
    (library / "odd" / "text").write_bytes(b"\xff{")
    (library / "odd" / "folder").mkdir()
    assert [path for _, _, path in found(here(tmp_path))] == [blob]


def test_what_several_programs_use_counts_once(tmp_path):
    blob = model_trees.ollama(tmp_path / ".ollama" / "models")
    link = tmp_path / ".lmstudio" / "models" / "ollama" / "qwen" / "qwen.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    assert found(here(tmp_path)) == [(Program.LM_STUDIO, "qwen", link)]


def test_parts_are_one_model(tmp_path):
    parts = tiny_gguf.write_parts(tmp_path / "m", TinyModel())
    (model,) = model_files.in_folder(tmp_path)
    assert model.files == tuple(parts)
    assert (model.name, model.parts, model.complete) == ("tiny", 3, True)
    assert model.size == sum(part.stat().st_size for part in parts)
    assert model_files.of_path(parts[1]) == model
    parts[0].unlink()
    (model,) = model_files.in_folder(tmp_path)
    assert (model.files, model.complete) == (tuple(parts[1:]), False)


def test_what_is_no_model_by_its_name_is_left_out(tmp_path):
    for name in (
        "mmproj-model-f16.gguf",
        "model.mmproj-Q8_0.gguf",
        "my-lora-f16.gguf",
        "imatrix.gguf",
        "a.gguf.part",
        ".hidden.gguf",
        "notes.txt",
        "x-00004-of-00003.gguf",
        "x-00000-of-00003.gguf",
    ):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.gguf").mkdir()
    (tmp_path / "dangling.gguf").symlink_to(tmp_path / "gone")
    (tmp_path / ".trash").mkdir()
    model_trees.model(tmp_path / ".trash" / "old.gguf")
    made = model_trees.model(tmp_path / "Exploration-Q4.gguf")
    assert [model.path for model in model_files.in_folder(tmp_path)] == [made]


def test_a_folder_that_leads_back_to_itself_ends(tmp_path):
    made = model_trees.model(tmp_path / "a" / "模型 😀.gguf")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [model.path for model in model_files.in_folder(tmp_path)] == [made]


def test_nothing_is_changed_or_opened(tmp_path):
    model_trees.ollama(tmp_path / ".ollama" / "models")
    model_trees.hub(tmp_path / ".cache" / "huggingface" / "hub")
    model_trees.model(tmp_path / ".lmstudio" / "models" / "o" / "n" / "n.gguf")

    def state():
        return {
            path: (path.lstat().st_mtime_ns, path.lstat().st_atime_ns)
            for path in sorted(tmp_path.rglob("*"))
            if path.is_file() and path.name.endswith(".gguf")
        }

    for path in tmp_path.rglob("*.gguf"):
        os.utime(path, ns=(1, 1))
    before = state()
    assert len(found_places.models(here(tmp_path))) == 3
    assert state() == before
