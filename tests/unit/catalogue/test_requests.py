"""From what somebody names to what is downloaded."""

import pytest

from app.catalogue.entries import CHINA_MIRROR, Site
from app.catalogue.naming import Local
from app.catalogue.reading import load
from app.catalogue.requests import Preferred, Request, resolve
from app.domain.errors import ErrorCode, UserError
from app.paths import find

CATALOGUE = load(find().resources / "catalogue.toml", find().data / "none.toml")
HF, MS = Site.HUGGING_FACE, Site.MODELSCOPE
HUB, SCOPE = "https://huggingface.co", "https://modelscope.cn"
INT4 = "fnlp/moss-moon-003-sft-int4"
TITLE = "MOSS 003 sft int4"
QWEN = "Qwen/Qwen2.5-0.5B-Instruct-GGUF"
QWEN_FILE = "qwen2.5-0.5b-instruct-q4_k_m.gguf"


@pytest.fixture(autouse=True)
def no_endpoint(monkeypatch):
    monkeypatch.delenv("HF_ENDPOINT", raising=False)


def meant(text, preferred=None):
    return resolve(
        text, CATALOGUE, preferred or Preferred(), exists=lambda path: path == "here"
    )


@pytest.mark.parametrize(
    "text",
    ["moss-moon-003-sft-int4", INT4, f"hf:{INT4}", f"{HUB}/{INT4}", f"{INT4} "],
)
def test_a_model_of_the_catalogue(text):
    assert meant(text) == Request(HF, HUB, INT4, title=TITLE)


def test_a_gguf_of_the_catalogue_knows_its_file():
    expected = Request(
        HF, HUB, QWEN, file=QWEN_FILE, title="Qwen2.5 0.5B Instruct Q4_K_M"
    )
    assert meant("qwen2.5-0.5b-instruct") == expected
    assert meant(f"{HUB}/{QWEN}") == expected


def test_the_preferred_site_is_asked_where_it_has_the_model():
    china = Preferred(site=MS)
    assert meant("qwen2.5-0.5b-instruct", china).endpoint == SCOPE
    assert meant("moss-moon-003-base", china).endpoint == HUB
    assert meant("someone/model", china).site is MS


def test_mirrors(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert meant(INT4).endpoint == "https://mirror.example"
    chosen = Preferred(hugging_face=CHINA_MIRROR)
    assert meant(INT4, chosen).endpoint == CHINA_MIRROR
    assert meant(f"{CHINA_MIRROR}/{INT4}").endpoint == CHINA_MIRROR
    assert meant(f"{SCOPE}/models/{INT4}").endpoint == SCOPE


def test_something_on_this_computer():
    assert meant("here") == Local("here")


def test_anything_else():
    with pytest.raises(UserError) as caught:
        meant("nothing like it")
    assert caught.value.code is ErrorCode.DOWNLOAD_NAME


def test_different_downloads_have_different_folders():
    texts = [
        "a/b",
        "a/b@v1",
        "a/b:q4_0",
        "a/b:q8_0",
        "modelscope.cn/a/b",
        "a/b@refs/pr/1",
    ]
    folders = [meant(text).folder for text in texts]
    assert folders == [
        "a--b",
        "a--b--at-v1",
        "a--b--q4_0",
        "a--b--q8_0",
        "a--b--modelscope",
        "a--b--at-refs-pr-1",
    ]
