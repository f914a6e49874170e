"""The page on this computer: with a program that says what is written here."""

import sys
from dataclasses import replace
from datetime import datetime

import msgspec
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton

from app.domain.generation import Usage
from app.domain.hardware import Device, DeviceKind, Placement
from app.services.diagnosis import Benchmark, Fit, Report
from app.services.environment import Environment, Kind, Problem, Storage
from app.ui.diagnosis_dialog import DiagnosisDialog
from app.ui.diagnosis_process import DiagnosisProcess

GIB = 2**30
HOST = Device("CPU", "EPYC <b>", DeviceKind.CPU, 30 * GIB, 32 * GIB)
QUICK = Report(
    engine="llama.cpp 1",
    features=("AVX2",),
    devices=(HOST,),
    modules=(),
    fits=(Fit("MOSS 16B Q4_0", Placement(), ("told",)),),
    environment=Environment(
        version="1.2.3",
        python="3.11.9",
        system="Linux",
        frozen=False,
        storage=(Storage(Kind.MODELS, 2, 3 * GIB, 5 * GIB),),
        problems=(
            Problem(
                moment=datetime(2026, 11, 22, 10),  # noqa: DTZ001 -- as in the log
                level="ERROR",
                text="it broke",
            ),
        ),
    ),
)
FULL = replace(
    QUICK,
    benchmark=Benchmark(
        model="MOSS demo",
        quantization="F16",
        size=GIB,
        placement=Placement(),
        told=(),
        load_seconds=1.5,
        usage=Usage(
            prompt_tokens=10,
            generated_tokens=20,
            prompt_seconds=1.0,
            generate_seconds=2.0,
        ),
    ),
)


def program(is_quick):
    """Writes a report as the real one does."""
    report = msgspec.json.encode(QUICK if is_quick else FULL)
    text = msgspec.json.format(report, indent=2).decode()
    return (sys.executable, "-c", f"print({text!r})")


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == text)


@pytest.fixture
def shown(qtbot, tmp_path):
    """Makes a dialog around a program."""

    def show(command):
        process = DiagnosisProcess(command, str(tmp_path))
        dialog = DiagnosisDialog(process, str(tmp_path))
        qtbot.addWidget(dialog)
        dialog.examine()
        dialog.show()
        qtbot.waitUntil(lambda: not process.running)
        return dialog

    return show


def test_what_was_found_is_shown_and_nothing_is_markup(shown):
    text = shown(program).text.toPlainText()
    for word in ("1.2.3", "llama.cpp 1", "EPYC <b>", "MOSS 16B Q4_0", "it broke"):
        assert word in text
    assert "Measured" not in text


def test_the_speed_is_measured_when_that_is_wanted(shown, qtbot):
    dialog = shown(program)
    measure = button(dialog, "Measure the speed")
    measure.click()
    assert not measure.isEnabled()
    qtbot.waitUntil(measure.isEnabled)
    assert "writes 10.0" in dialog.text.toPlainText()


def test_the_report_is_copied_as_plain_text(shown):
    dialog = shown(program)
    button(dialog, "Copy the report").click()
    copied = QGuiApplication.clipboard().text()
    assert "MOSS Desktop 1.2.3" in copied
    assert "2026-11-22 10:00 ERROR it broke" in copied


def test_a_program_that_fails_is_said(shown):
    dialog = shown(lambda _is_quick: (sys.executable, "-c", "print('no'); exit(3)"))
    assert any("not be examined" in x.text() for x in dialog.findChildren(QLabel))
    assert not button(dialog, "Copy the report").isEnabled()
    assert button(dialog, "Measure the speed").isEnabled()


def test_closing_ends_the_program(shown, qtbot, tmp_path):
    process = DiagnosisProcess(
        lambda _is_quick: (sys.executable, "-c", "input()"), str(tmp_path)
    )
    dialog = DiagnosisDialog(process, str(tmp_path))
    qtbot.addWidget(dialog)
    dialog.examine()
    dialog.show()
    dialog.reject()
    assert not process.running
