"""Every word of the window is there in Chinese, and the compiled file is current."""

import shutil
import subprocess
import sysconfig
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.conftest import ROOT

SOURCE = ROOT / "resources" / "translations" / "moss_zh_CN.ts"


def tool(name):
    return Path(sysconfig.get_path("scripts")) / name


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """The translation file as `lupdate` makes it from the code of the moment."""
    target = tmp_path_factory.mktemp("ts") / SOURCE.name
    shutil.copy(SOURCE, target)
    code = sorted(
        str(path)
        for part in ("ui", "services")
        for path in ROOT.glob(f"app/{part}/**/*.py")
    )
    options = ["-no-obsolete", "-locations", "none", "-ts", str(target)]
    subprocess.run(
        [tool("pyside6-lupdate"), *code, *options], check=True, capture_output=True
    )
    return target


def messages(path):
    for context in ET.parse(path).getroot().iter("context"):  # noqa: S314 -- our own file
        for message in context.iter("message"):
            yield context.findtext("name"), message


def test_everything_is_translated(extracted):
    missing = [
        (context, message.findtext("source"))
        for context, message in messages(extracted)
        if message.find("translation").get("type")
        or not message.findtext("translation")
    ]
    assert missing == []


def test_the_source_file_is_current(extracted):
    def known(path):
        return {(name, m.findtext("source")) for name, m in messages(path)}

    assert known(SOURCE) == known(extracted)


def test_placeholders_survive():
    for _, message in messages(SOURCE):
        source, translation = (
            message.findtext("source"),
            message.findtext("translation"),
        )
        for placeholder in (
            "{0}",
            "{tokens}",
            "{speed}",
            "{percent}",
            "{used}",
            "{total}",
        ):
            assert (placeholder in source) == (placeholder in translation)


def test_the_compiled_file_is_current(tmp_path):
    compiled = tmp_path / "moss.qm"
    subprocess.run(
        [tool("pyside6-lrelease"), "-silent", SOURCE, "-qm", compiled],
        check=True,
        capture_output=True,
    )
    assert compiled.read_bytes() == SOURCE.with_suffix(".qm").read_bytes()
