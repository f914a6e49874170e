"""What somebody types, pastes or drops."""

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from app.catalogue.entries import Site
from app.catalogue.naming import Local, Repository, parse
from app.domain.errors import ErrorCode, UserError

HF, MS = Site.HUGGING_FACE, Site.MODELSCOPE
MOSS = "fnlp/moss-moon-003-sft-int4"


def nothing(_path: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MOSS, Repository(MOSS)),
        (f'  "{MOSS}" ', Repository(MOSS)),
        (f"hf:{MOSS}", Repository(MOSS)),
        (f"hf.co/{MOSS}", Repository(MOSS, HF)),
        (f"huggingface.co/{MOSS}", Repository(MOSS, HF)),
        (f"https://huggingface.co/{MOSS}", Repository(MOSS, HF)),
        (f"https://huggingface.co/{MOSS}/", Repository(MOSS, HF)),
        (f"https://huggingface.co/{MOSS}.git", Repository(MOSS, HF)),
        (f"https://huggingface.co/{MOSS}/tree/main", Repository(MOSS, HF, "main")),
        (
            f"https://hf-mirror.com/{MOSS}/tree/v1",
            Repository(MOSS, HF, "v1", endpoint="https://hf-mirror.com"),
        ),
        (f"https://www.modelscope.cn/models/{MOSS}", Repository(MOSS, MS)),
        (f"https://modelscope.cn/models/{MOSS}/summary", Repository(MOSS, MS)),
        (f"modelscope.cn/models/{MOSS}", Repository(MOSS, MS)),
        (
            "https://modelscope.cn/models/q/w-GGUF/file/view/master/w-q4_0.gguf",
            Repository("q/w-GGUF", MS, "master", "w-q4_0.gguf"),
        ),
        (
            "https://huggingface.co/q/w-GGUF/blob/main/sub/w-q4_0.gguf?download=true",
            Repository("q/w-GGUF", HF, "main", "sub/w-q4_0.gguf"),
        ),
        (
            "https://huggingface.co/q/w-GGUF/resolve/0a1b/w%20q.gguf",
            Repository("q/w-GGUF", HF, "0a1b", "w q.gguf"),
        ),
        ("q/w-GGUF:Q4_K_M", Repository("q/w-GGUF", None, "", "Q4_K_M")),
        ("q/w@refs/pr/1", Repository("q/w", None, "refs/pr/1")),
        ("/home/me/models/a.gguf", Local("/home/me/models/a.gguf")),
        ("~/模型 😀/q4", Local("~/模型 😀/q4")),
        (r"C:\Users\me\moss", Local(r"C:\Users\me\moss")),
        (r"..\moss", Local(r"..\moss")),
        ("moss.gguf", Local("moss.gguf")),
        ("file:///home/me/a%20b.gguf", Local("/home/me/a b.gguf")),
    ],
)
def test_it_is_understood(text, expected):
    assert parse(text, nothing) == expected


def test_what_is_there_is_meant():
    assert parse(MOSS, lambda path: path == MOSS) == Local(MOSS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "moss",
        "a/b/c",
        "https://example.com/a/b",
        "https://huggingface.co/datasets/fnlp/moss-003-sft-data",
        "https://huggingface.co/spaces/a/b",
        "https://huggingface.co/fnlp",
        "http://[",
        "owner/na..me",
        "owner/na--me",
        "-owner/name",
        "owner/name@",
        "owner/name:",
        "владелец/имя",
    ],
)
def test_it_is_none(text):
    with pytest.raises(UserError) as caught:
        parse(text, nothing)
    assert caught.value.code is ErrorCode.DOWNLOAD_NAME


@given(st.text(max_size=80))
def test_anything_can_be_typed(text):
    with suppress(UserError):
        found = parse(text, nothing)
        assert isinstance(found, Local) or found.name.count("/") == 1
