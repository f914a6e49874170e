"""Each format gives its text and where it stands; what is no such file is refused."""

import zipfile

import pytest

from app.plugins.documents.extraction import extract
from app.plugins.documents.formats import archive, limits
from app.plugins.documents.values import Place, Problem, UnreadableError
from tests.fakes.document_files import write_docx, write_epub, write_pdf, write_zip


def _texts(path):
    return [passage.text for passage in extract(path)]


def _problem(path):
    with pytest.raises(UnreadableError) as caught:
        list(extract(path))
    return caught.value.problem


def test_a_text_says_the_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\n\nFirst line,\nand more. " + "Words. " * 90 + "\n\nLast.\n")
    passages = list(extract(path))
    assert passages[0].place == Place(line=3)
    assert passages[0].text.startswith("First line, and more. Words.")
    assert passages[-1].text.endswith("Last.")
    assert passages[-1].place.line in {4, 6}


def test_markdown_has_headings(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(
        "# Top\nHello.\n\n```\n# no heading\n```\n## Below ##\nInner.\n# Other\nText.\n"
    )
    assert [(p.place.heading, p.place.line, p.text) for p in extract(path)] == [
        ("Top", 1, "Top Hello. ``` # no heading ```"),
        ("Top › Below", 7, "Below Inner."),
        ("Other", 9, "Other Text."),
    ]


def test_html_is_what_a_reader_sees(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(
        "<title>T</title><style>x{}</style><script>no()</script><h1>He<b>ad</b></h1>"
        "<p>One<br>two &amp; three</p><table><tr><td>a<td>b</table><p>unclosed <i>end"
    )
    (title, body) = extract(path)
    assert title.text == "T"
    assert body.text == "Head One two & three a b unclosed end"
    assert body.place.heading == "Head"


def test_docx_has_headings_rows_and_runs(tmp_path):
    path = write_docx(
        tmp_path / "a.docx", ["# Chapter", "北京是中国的首都。", "left\tright & more"]
    )
    (passage,) = extract(path)
    assert passage.text == "Chapter 北京是中国的首都。left | right & more"
    assert passage.place.heading == "Chapter"


def test_epub_follows_the_spine(tmp_path):
    path = write_epub(tmp_path / "a.epub", {"Zwei": ["b < c"], "Eins": ["d"]})
    assert [(p.place.heading, p.text) for p in extract(path)] == [
        ("Zwei", "Zwei b < c"),
        ("Eins", "Eins d"),
    ]


def test_pdf_has_pages(tmp_path):
    path = write_pdf(tmp_path / "a.pdf", ["The first page.", "第二页说的是灯\n塔。"])
    assert [(p.place.page, p.text) for p in extract(path)] == [
        (1, "The first page."),
        (2, "第二页说的是灯塔。"),
    ]


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5", "cp1252"]
)
def test_the_charset_is_found(tmp_path, charset):
    text = {
        "big5": "這是一個關於燈塔的故事，它建於很久以前，現在仍然屹立在海邊。" * 5,
        "cp1252": "Der Bürgermeister hieß Jürgen und wohnte über der Bäckerei. " * 5,
    }.get(charset, "这是一个关于灯塔的故事，它建于很久以前，现在仍然屹立在海边。" * 5)
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(charset))
    assert "".join(_texts(path)).startswith(text[:20])


def test_what_has_no_text_says_so(tmp_path):
    (tmp_path / "a.txt").write_text(" \n\n")
    write_pdf(tmp_path / "a.pdf", ["\n"])
    assert _problem(tmp_path / "a.txt") is Problem.NO_TEXT
    assert _problem(tmp_path / "a.pdf") is Problem.NO_TEXT


def test_binary_is_not_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\x7fELF\0\0\1\2" * 100)
    assert _problem(tmp_path / "a.txt") is Problem.NOT_TEXT


def test_a_file_that_is_gone_or_a_folder(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    assert _problem(tmp_path / "folder.txt") is Problem.NOT_ALLOWED
    assert _problem(tmp_path / "none.txt") is Problem.NOT_ALLOWED


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    part = b"\0" * (limits.PART_BYTES + 1)
    path = write_zip(tmp_path / "a.docx", {"word/document.xml": part})
    assert path.stat().st_size < limits.PART_BYTES // 500
    assert _problem(path) is Problem.EXPANDS


def test_a_zip_bomb_that_lies_about_its_size(tmp_path):
    """The directory says 10 bytes, the data are a megabyte."""
    size = 1 << 20
    path = write_zip(tmp_path / "a.docx", {"word/document.xml": b"x" * size})
    data = path.read_bytes()
    assert data.count(size.to_bytes(4, "little")) == 2
    path.write_bytes(
        data.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    )
    assert _problem(path) is Problem.DAMAGED


def test_parts_together_have_the_limit(tmp_path):
    path = write_zip(tmp_path / "a", {"one": b"x" * 70, "two": b"y" * 70})
    with archive.Archive(path, most_bytes=100) as opened:
        assert opened.read("one") == b"x" * 70
        with pytest.raises(UnreadableError) as caught:
            opened.read("two")
    assert caught.value.problem is Problem.EXPANDS


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1:9/a.dtd"> %a;',
    ],
)
def test_xml_with_entities_is_refused(tmp_path, declaration):
    document = f"<!DOCTYPE w [{declaration}]><w><t>&a;</t></w>"
    path = write_zip(tmp_path / "a.docx", {"word/document.xml": document})
    assert _problem(path) is Problem.ENTITIES


def test_deep_xml_and_html_cost_nothing(tmp_path):
    deep = 200_000
    xml = f"<w>{'<p>' * deep}<t>deep</t>{'</p>' * deep}</w>"
    path = write_zip(tmp_path / "a.docx", {"word/document.xml": xml})
    assert _texts(path) == ["deep"]
    html = tmp_path / "a.html"
    html.write_text("<div>" * deep + "deep")
    assert _texts(html) == ["deep"]


def test_encrypted_parts_and_chapters(tmp_path):
    path = write_docx(tmp_path / "a.docx", ["secret"])
    with zipfile.ZipFile(path) as opened:
        place = opened.getinfo("word/document.xml").header_offset
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\1\2") + 8] |= 1
    data[place + 6] |= 1
    path.write_bytes(data)
    assert _problem(path) is Problem.ENCRYPTED

    book = write_epub(tmp_path / "a.epub", {"Kept": ["a"]})
    with zipfile.ZipFile(book, "a") as opened:
        opened.writestr(
            "META-INF/encryption.xml",
            '<encryption><CipherReference URI="OEBPS/chapter%200.xhtml"/></encryption>',
        )
    assert _problem(book) is Problem.ENCRYPTED


def test_damaged_files_give_a_reason(tmp_path):
    """Cut off, overwritten in the middle, or something else by that name."""
    whole = {
        "docx": write_docx(tmp_path / "w.docx", ["word " * 50 for _ in range(300)]),
        "epub": write_epub(tmp_path / "w.epub", {"C": ["text " * 500]}),
        "pdf": write_pdf(tmp_path / "w.pdf", ["one", "two"]),
    }
    damaged = []
    for kind, path in whole.items():
        data = path.read_bytes()
        middle = len(data) // 3
        holed = data[:middle] + b"\xff" * 40 + data[middle + 40 :]
        for number, content in enumerate(
            (data[: len(data) // 2], data[:-30], b"", b"no such thing " * 20, holed)
        ):
            file = tmp_path / f"{number}.{kind}"
            file.write_bytes(content)
            damaged.append(file)
    problems = {}
    for path in damaged:
        try:
            list(extract(path))
        except UnreadableError as error:
            problems[path.name] = error.problem
    # A hole in a PDF costs the pages it is in.
    assert set(problems) >= {path.name for path in damaged} - {"4.pdf"}
    assert set(problems.values()) <= {Problem.DAMAGED, Problem.PARTLY_DAMAGED}
