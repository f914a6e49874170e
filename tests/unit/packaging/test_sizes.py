"""The table of what is inside a build."""

from resources.packaging import sizes


def test_each_file_counts_once_and_links_do_not(tmp_path):
    inside = tmp_path / "_internal"
    for name, size in (
        ("PySide6/Qt/lib/libicudata.so.73", 3_000_000),
        ("PySide6/Qt/lib/libQt6Core.so.6", 2_000_000),
        ("strange.bin", 1_000_000),
    ):
        path = inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    (inside / "libQt6Core.so.6").symlink_to("PySide6/Qt/lib/libQt6Core.so.6")
    lines = sizes.table(tmp_path).splitlines()
    assert [line.split("|")[1:3] for line in lines[2:]] == [
        [" ICU, Qt's tables of all languages ", " 3.0 "],
        [" Qt ", " 2.0 "],
        [" everything else ", " 1.0 "],
        [" together ", " 6.0 "],
    ]
