"""What the demo model must be able to do, through the whole program.

The questions come from seeds and phrasings that training never saw. Every one goes
through the real engine, the real tools and both stages of the protocol.
"""

import re

import pytest

from app import paths
from app.cli import Session
from app.domain.tools import Tool, ToolState
from resources.demo_training.dialogues import (
    arithmetic_questions,
    equation_questions,
    held_out_phrasings,
)

pytestmark = [pytest.mark.e2e, pytest.mark.model, pytest.mark.timeout(1200)]

SEED = 20_240_617


@pytest.fixture(scope="module")
def session(demo_gguf, tmp_path_factory):
    """A terminal session whose conversations begin anew for each question."""
    archive = tmp_path_factory.mktemp("archive") / "chats.sqlite3"
    session = Session.open(paths.find(), archive=archive, quiet=True)
    assert session.load(demo_gguf)
    yield session
    session.close()


def ask(session, question):
    session.conversation = None
    return session.ask(question)


def holds_number(text, expected):
    """Whether the number stands in the text, not as part of a longer one."""
    return re.search(rf"(?<![\d.]){re.escape(expected)}(?![\d]|\.\d)", text) is not None


def computed(session, question, *, tool, expected):
    """Whether a question ended in the right number: command, tool and answer."""
    reply = ask(session, question)
    calls = [call for call in reply.calls if call.command.tool is tool]
    return (
        any(
            call.state is ToolState.DONE and holds_number(call.result, expected)
            for call in calls
        )
        and holds_number(reply.text, expected),
        reply,
    )


def report(failures, total):
    return f"{len(failures)} of {total} failed:\n" + "\n".join(failures)


def test_sums_and_equations_end_in_the_right_number(session):
    questions = [
        (question, Tool.CALCULATE, expected)
        for question, _, expected in arithmetic_questions(SEED, 200)
    ] + [
        (question, Tool.SOLVE, expected)
        for question, _, expected in equation_questions(SEED, 100)
    ]
    failures = []
    for question, tool, expected in questions:
        right, reply = computed(session, question, tool=tool, expected=expected)
        if not right:
            failures.append(f"{question} -> {reply.commands} -> {reply.text}")
    print(report(failures, len(questions)))  # noqa: T201 -- shown with -s and on failure
    assert len(failures) <= 0.03 * len(questions), report(failures, len(questions))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_unseen_phrasings_get_their_intents_answer(session, language):
    phrasings = [item for item in held_out_phrasings() if item[1] == language]
    assert len({intent for intent, *_ in phrasings}) >= 40
    failures = []
    for intent, _, phrasing, answer in phrasings:
        reply = ask(session, phrasing)
        if reply.text.strip() != answer:
            failures.append(f"{intent}: {phrasing} -> {reply.text}")
    print(report(failures, len(phrasings)))  # noqa: T201 -- shown with -s and on failure
    assert len(failures) <= 0.10 * len(phrasings), report(failures, len(phrasings))
