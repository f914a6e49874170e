"""ZIM files, written by libzim itself."""

import pytest

from app.plugins.api import Setup, ToolError, ToolFailure
from app.plugins.search.wikipedia import WikipediaSearch
from tests.fakes.tool_run import FakeRun

writer = pytest.importorskip("libzim.writer")

ARTICLES = {
    "Facemash": "Facemash was a website that <b>Mark Zuckerberg</b> made in 2003. "
    "It compared photographs of students.",
    "Lighthouse": "A lighthouse is a tower with a lamp. Ships see it from afar.",
    "灯塔": "灯塔是位于海岸的塔状建筑。世界上最高的灯塔位于沙特阿拉伯的吉达。",
}


class Page(writer.Item):
    """An article."""

    def __init__(self, title, text):
        super().__init__()
        self.title, self.text = title, text

    def get_path(self):
        return self.title

    def get_title(self):
        return self.title

    def get_mimetype(self):
        return "text/html"

    def get_contentprovider(self):
        body = f"<html><body><h1>{self.title}</h1><p>{self.text}</p></body></html>"
        return writer.StringProvider(body)

    def get_hints(self):
        return {writer.Hint.FRONT_ARTICLE: True}


def zim(path, language="eng", *, searchable=True):
    with writer.Creator(path).config_indexing(searchable, language) as creator:
        creator.set_mainpath("Facemash")
        for title, text in ARTICLES.items():
            creator.add_item(Page(title, text))
    return str(path)


def ask(files, question):
    tool = WikipediaSearch(Setup({"files": files}))
    tool.prepare()
    return tool.run(question, FakeRun()).sources


@pytest.mark.parametrize(
    ("question", "title", "part"),
    [
        ("What was Facemash?", "Facemash", "made in 2003"),
        ("Who made the website that compared students?", "Facemash", "Zuckerberg"),
        ("最高的灯塔在哪里？", "灯塔", "吉达"),
    ],
)
def test_questions_find_articles(tmp_path, question, title, part):
    file = zim(tmp_path / "wiki.zim", "zho" if title == "灯塔" else "eng")
    sources = ask([file], question)
    assert sources[0].title == title
    assert sources[0].location == file
    assert part in sources[0].text
    assert "<b>" not in sources[0].text


def test_a_file_without_an_index_is_searched_by_title(tmp_path):
    file = zim(tmp_path / "wiki.zim", searchable=False)
    assert ask([file], "Lighthouse")[0].title == "Lighthouse"


def test_nothing_found_and_nothing_there(tmp_path):
    file = zim(tmp_path / "wiki.zim")
    with pytest.raises(ToolError) as caught:
        ask([file], "zzyzx")
    assert caught.value.failure is ToolFailure.NOTHING_FOUND
    (tmp_path / "broken.zim").write_bytes(b"no such thing" * 100)
    for name in ("broken.zim", "none.zim"):
        with pytest.raises(ToolError) as caught:
            ask([str(tmp_path / name)], "Lighthouse")
        assert caught.value.failure is ToolFailure.MISSING
