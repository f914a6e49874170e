"""The benchmarks of downloads, in their smallest form: that they measure, not what."""

import json
import shutil
import sys

import pytest

from benchmarks import arriving, download

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the benchmarks measure on Linux only"
)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is the peer")
def test_both_download_the_same_and_are_measured(tmp_path, capsys):
    numbers = tmp_path / "numbers.json"
    work = str(tmp_path / "work")
    arguments = ["--work", work, "--mib", "4", "--runs", "1", "--paces", "20000000"]
    assert download.main([*arguments, "--json", str(numbers)]) == 0
    ours, curl = json.loads(numbers.read_text())
    assert (ours["who"], curl["who"]) == ("ours", "curl")
    assert ours["size"] == curl["size"] == 4 << 20
    for each in (ours, curl):
        # The pace is that of the server, so nobody can be faster.
        assert 0.18 < each["seconds"] <= each["to_disk"]
        assert each["whole"] > 0 < each["processor"]
    assert "20 MB/s" in capsys.readouterr().out


def test_both_at_once_make_the_same_file_and_are_measured(tmp_path, capsys):
    numbers = tmp_path / "numbers.json"
    work = str(tmp_path / "work")
    arguments = ["--work", work, "--layers", "1", "--runs", "1", "--paces", "0"]
    assert arriving.main([*arguments, "--json", str(numbers)]) == 0
    (times,) = json.loads(numbers.read_text())
    assert min(times["download"], times["conversion"], times["both"]) > 0
    assert 0 < times["peak"] <= times["promised"] < times["apart"]
    assert "all it can" in capsys.readouterr().out
