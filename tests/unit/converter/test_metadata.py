import pytest
from gguf.constants import LlamaFileType

from converter.metadata import Form, general, identify

HUB = "https://huggingface.co/fnlp/"


def identity(name, folder="folder", *, has_markers=True, form=None, kind="phi2"):
    config = {} if name is None else {"_name_or_path": name}
    return identify(
        config, folder, architecture=kind, has_markers=has_markers, form=form
    )


def entries(what):
    return {
        entry.key: entry.value
        for entry in general(
            what,
            architecture="phi2",
            file_type=LlamaFileType.MOSTLY_Q4_0,
            source="float16",
        )
    }


@pytest.mark.parametrize(
    ("name", "folder", "form", "shown"),
    [
        ("fnlp/moss-moon-003-sft", "x", Form.SFT, "moss-moon-003-sft"),
        ("fnlp/moss-moon-003-base", "x", Form.BASE, "moss-moon-003-base"),
        (
            "OpenMOSS-Team/moss-moon-003-sft-plugin",
            "x",
            Form.PLUGIN,
            "moss-moon-003-sft-plugin",
        ),
        (
            "fnlp/moss-moon-003-sft-plugin-int4",
            "x",
            Form.PLUGIN,
            "moss-moon-003-sft-plugin-int4",
        ),
        (
            "/home/me/out",
            "moss-moon-003-sft-plugin",
            Form.PLUGIN,
            "moss-moon-003-sft-plugin",
        ),
        (None, "MOSS-moon-003-SFT", Form.SFT, "moss-moon-003-sft"),
        ("C:\\models\\mine", "my tune", Form.SFT, "my tune"),
        (None, "我的模型", Form.SFT, "我的模型"),
    ],
)
def test_finds_out_what_a_model_is(*, name, folder, form, shown):
    found = identity(name, folder)
    assert (found.form, found.name) == (form, shown)
    assert not found.is_demo
    assert found.licence == "agpl-3.0"


def test_the_demo_is_named_a_demo():
    demo = identity("moss-demo")
    assert demo.is_demo
    assert (demo.name, demo.form, demo.licence) == (
        "moss-demo",
        Form.PLUGIN,
        "apache-2.0",
    )
    assert entries(demo)["moss.demo"] is True


def test_what_the_user_says_counts():
    assert identity("fnlp/moss-moon-003-sft", form=Form.PLUGIN).form is Form.PLUGIN


def test_without_markers_there_is_no_dialogue():
    codegen = identity("Salesforce/codegen-350M-mono", has_markers=False)
    assert codegen.form is Form.BASE
    assert codegen.licence == "bsd-3-clause"


@pytest.mark.parametrize(
    ("name", "folder"), [("fnlp/moss-base-7b", "x"), (None, "MOSS-base-7b")]
)
def test_moss_base_7b_is_known(name, folder):
    found = identity(name, folder, has_markers=False, kind="llama")
    assert (found.name, found.form) == ("moss-base-7b", Form.BASE)
    assert found.licence == "apache-2.0"
    assert entries(found)["general.source.url"] == HUB + "moss-base-7b"


def test_no_licence_is_made_up_for_a_llama():
    found = identity("me/tune", "my llama", has_markers=False, kind="llama")
    assert (found.name, found.form, found.licence) == ("my llama", Form.BASE, "")
    assert "general.license" not in entries(found)


def test_origin_licence_and_making_are_written():
    written = entries(identity("fnlp/moss-moon-003-sft"))
    assert written["general.architecture"] == "phi2"
    assert written["general.license"] == "agpl-3.0"
    assert written["general.source.url"] == HUB + "moss-moon-003-sft"
    assert written["general.file_type"] == 2
    assert written["general.quantized_by"].startswith("moss-convert ")
    assert written["moss.quantization"] == "Q4_0 from float16"
    assert written["moss.form"] == "sft"
    assert written["moss.demo"] is False


def test_an_unknown_origin_is_not_made_up():
    assert "general.source.url" not in entries(identity(None, "mine"))


def test_a_name_holds_nothing_that_a_terminal_obeys():
    assert identity("a/demo\x1b[2J\ud800").name == "demo\\x1b[2J\\ud800"
    assert identity(None, "folder\udcff").name == "folder\\udcff"
