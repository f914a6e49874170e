"""Every code has its words, and every word its values."""

from itertools import chain

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.hardware import Module, Placement, Reason, Share, Step
from app.domain.tools import ToolFailure
from app.services import words

SHARES = (
    Share(device="CUDA0", description="RTX 3060", layers=20, size=1),
    Share(device="CUDA1", layers=5, size=1),
)
PLACED = Placement(layers=35, shares=SHARES, batch=128, reasons=tuple(Reason))


def test_every_code_has_a_sentence():
    assert set(words.SENTENCES) == set(ErrorCode)
    assert set(words.FAILURES) == set(ToolFailure)
    assert set(words.REASONS) == set(Reason)
    assert set(words.STEPS) == set(Step)


@pytest.mark.parametrize("code", ErrorCode)
def test_a_detail_is_said_where_there_is_a_place_for_it(code):
    sentence = words.explain(UserError(code, "this {detail}"))
    assert ("this {detail}" in sentence) == ("{0}" in words.SENTENCES[code])


def test_no_place_is_left_empty():
    phrases = chain(
        words.placement_phrases(PLACED),
        (words.step_phrase(step, PLACED) for step in Step),
        words.module_phrases([Module("CUDA"), Module("Vulkan", problem="none")]),
    )
    for phrase in phrases:
        assert "{" not in phrase.english


def test_cards_are_called_by_their_makers_names():
    part, step = (
        words.placement_phrases(PLACED)[list(Reason).index(Reason.GPU_PART)],
        words.step_phrase(Step.SMALLER_BATCH, PLACED),
    )
    assert part.english == (
        "25 of 35 layers are on RTX 3060 + CUDA1; the processor does the rest."
    )
    assert "with 128 tokens at a time" in step.english


def test_a_module_with_devices_is_not_worth_a_word():
    assert words.module_phrases([Module("CUDA", devices=1)]) == ()
