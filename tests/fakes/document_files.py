"""Small documents in each format, as programs write them."""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="OEBPS/book.opf"
    media-type="application/oebps-package+xml"/></rootfiles>
</container>"""
_CMAP = b"""/CIDInit /ProcSet findresource begin
12 dict begin begincmap
/CMapName /Ours def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
%d beginbfchar
%s
endbfchar
endcmap CMapName currentdict /CMap defineresource pop end end"""

_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Ours /Encoding /Identity-H"
    b" /DescendantFonts [4 0 R] /ToUnicode 6 0 R >>"
)
_CID_FONT = (
    b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Ours /FontDescriptor 5 0 R"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
)


def write_zip(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def write_docx(path: Path, paragraphs: Iterable[str]) -> Path:
    """Paragraphs; one that begins with "# " is a heading, one with tabs a row."""
    body = "".join(_paragraph(text) for text in paragraphs)
    styles = (
        f"<w:styles {_WORD}>"
        '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
        "</w:styles>"
    )
    document = f"<w:document {_WORD}><w:body>{body}</w:body></w:document>"
    return write_zip(path, {"word/styles.xml": styles, "word/document.xml": document})


def _paragraph(text: str) -> str:
    if "\t" in text:
        cells = "".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in text.split("\t"))
        return f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    heading = text.startswith("# ")
    style = '<w:pPr><w:pStyle w:val="berschrift1"/></w:pPr>' if heading else ""
    # Word parts a paragraph into runs wherever it likes.
    shown = text.removeprefix("# ")
    middle = len(shown) // 2
    runs = "".join(
        f'<w:r><w:t xml:space="preserve">{escape(part)}</w:t></w:r>'
        for part in (shown[:middle], shown[middle:])
    )
    return f"<w:p>{style}{runs}</w:p>"


def write_epub(path: Path, chapters: Mapping[str, Iterable[str]]) -> Path:
    """Chapters by their titles."""
    items, spine, parts = "", "", {}
    for number, (title, paragraphs) in enumerate(chapters.items()):
        name = f"chapter {number}.xhtml"
        items += (
            f'<item id="c{number}" href="{name.replace(" ", "%20")}" '
            'media-type="application/xhtml+xml"/>'
        )
        spine += f'<itemref idref="c{number}"/>'
        body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
        parts[f"OEBPS/{name}"] = (
            '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><style>p{}</style></head>'
            f"<body><h1>{escape(title)}</h1>{body}</body></html>"
        )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    return write_zip(
        path,
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": _CONTAINER,
            "OEBPS/book.opf": package,
            **parts,
        },
    )


def write_pdf(path: Path, pages: Iterable[str]) -> Path:
    """Pages of lines; characters are numbers of a font that says what they mean."""
    path.write_bytes(pdf(list(pages)))
    return path


def pdf(pages: list[str]) -> bytes:
    letters = sorted(set("".join(pages)) - {"\n"})
    names = {letter: f"{number:04X}" for number, letter in enumerate(letters, 1)}
    pairs = "\n".join(
        f"<{name}> <{letter.encode('utf-16-be').hex()}>"
        for letter, name in names.items()
    )
    cmap = _CMAP % (len(names), pairs.encode())
    first = 7
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids.encode(), len(pages)),
        _FONT,
        _CID_FONT,
        b"<< /Type /FontDescriptor /FontName /Ours /Flags 4 >>",
        _stream(cmap),
    ]
    for number, page in enumerate(pages):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R"
            b" /Resources << /Font << /F 3 0 R >> >> >>" % (first + 2 * number + 1),
            _stream(_drawn(page, names)),
        ]
    return _assembled(objects)


def _drawn(page: str, names: Mapping[str, str]) -> bytes:
    lines = "".join(
        f"<{''.join(names[c] for c in line)}> Tj 0 -20 Td\n"
        for line in page.split("\n")
    )
    return f"BT /F 12 Tf 50 750 Td\n{lines}ET".encode()


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def _assembled(objects: list[bytes]) -> bytes:
    file = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(file + b"startxref\n%d\n%%%%EOF\n" % table)
