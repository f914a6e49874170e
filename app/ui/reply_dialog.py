"""What a reply was made with, and what it cost."""

from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.domain.conversation import Message
from app.domain.feedback import Provenance
from app.domain.generation import Sampling, Usage
from app.ui.widgets.copy_buttons import copy_buttons
from app.ui.widgets.wrapped_label import WrappedLabel

_VALUE_WIDTH: Final = 320
_LONGEST_WORD: Final = 32


class ReplyDialog(QDialog):
    """Name and value, line by line; can be selected and copied.

    Args:
        message: The reply.
        parent: The window.
    """

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = about(message)
        self.setWindowTitle(self.tr("About this reply"))
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(7)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for name, value in self.lines:
            title = QLabel(name)
            title.setObjectName("muted")
            form.addRow(title, _value(value, name))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addWidget(copy_buttons(self, self._text))

    def _text(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.lines)


def about(message: Message) -> tuple[tuple[str, str], ...]:
    """What is known of a reply: names and values, in the language of the moment."""
    translate = QCoreApplication.translate
    made, usage = message.provenance, message.usage
    written = f"{message.created.astimezone():%Y-%m-%d %H:%M}"
    lines = [
        (translate("ReplyDialog", "Model"), message.model),
        (translate("ReplyDialog", "Written"), written),
    ]
    if made is not None:
        lines += _made(made)
    if usage is not None:
        lines += _cost(usage)
    return tuple((name, value) for name, value in lines if value)


def _made(made: Provenance) -> list[tuple[str, str]]:
    translate = QCoreApplication.translate
    return [
        (translate("ReplyDialog", "File"), made.file),
        (translate("ReplyDialog", "SHA-256"), made.sha256),
        (translate("ReplyDialog", "Quantization"), made.quantization),
        (translate("ReplyDialog", "Engine"), made.engine),
        (translate("ReplyDialog", "Ran on"), made.device),
        (translate("ReplyDialog", "Sampling"), _sampling(made.sampling)),
        (translate("ReplyDialog", "Tools"), ", ".join(made.tools)),
        (translate("ReplyDialog", "Instruction"), made.instruction),
    ]


def _sampling(sampling: Sampling) -> str:
    """What was set, in the field's own words; what is off is left out."""
    translate = QCoreApplication.translate
    greedy = sampling.temperature <= 0
    parts = [
        translate("ReplyDialog", "always the likeliest token")
        if greedy
        else f"temperature {sampling.temperature:g}"
    ]
    mirostat = sampling.mirostat_tau > 0
    if not greedy and mirostat:
        parts.append(
            f"mirostat τ {sampling.mirostat_tau:g}, η {sampling.mirostat_eta:g}"
        )
    elif not greedy:
        parts += _filters(sampling)
    if sampling.repetition_penalty != 1:
        parts.append(f"repetition penalty {sampling.repetition_penalty:g}")
    return ", ".join(parts)


def _filters(sampling: Sampling) -> list[str]:
    found = [
        (f"top_k {sampling.top_k}", sampling.top_k > 0),
        (f"typical_p {sampling.typical_p:g}", sampling.typical_p < 1),
        (f"top_p {sampling.top_p:g}", sampling.top_p < 1),
        (f"min_p {sampling.min_p:g}", sampling.min_p > 0),
    ]
    return [words for words, is_on in found if is_on]


def _cost(usage: Usage) -> list[tuple[str, str]]:
    translate = QCoreApplication.translate
    prompt = translate("ReplyDialog", "{tokens} tokens, {cached} of them read before")
    answer = translate(
        "ReplyDialog", "{tokens} tokens in {seconds} s ({speed} a second)"
    )
    return [
        (translate("ReplyDialog", "Seed"), str(usage.seed)),
        (
            translate("ReplyDialog", "Prompt"),
            prompt.format(tokens=usage.prompt_tokens, cached=usage.cached_tokens),
        ),
        (
            translate("ReplyDialog", "Reading it took"),
            translate("ReplyDialog", "{0} s").format(f"{usage.prompt_seconds:.2f}"),
        ),
        (
            translate("ReplyDialog", "Answer"),
            answer.format(
                tokens=usage.generated_tokens,
                seconds=f"{usage.generate_seconds:.2f}",
                speed=f"{usage.tokens_per_second:.1f}",
            ),
        ),
    ]


def _broken(text: str) -> str:
    """A text in which a word that is longer than a line begins a new one."""
    if " " in text or len(text) <= _LONGEST_WORD:
        return text
    return f"{text[:_LONGEST_WORD]}\n{_broken(text[_LONGEST_WORD:])}"


def _value(text: str, name: str) -> QLabel:
    label = WrappedLabel()
    label.setText(_broken(text))
    label.setMinimumWidth(_VALUE_WIDTH)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setAccessibleName(f"{name}: {text}")
    return label
