"""The window as users see it at certain moments, without engine, tools and archive.

What is looked at here is what is shown: pictures of it are made, and its accessible
tree is walked. Each stage is a function that brings a fresh window there.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.domain.conversation import (
    Conversation,
    ConversationSummary,
    Message,
    MessageState,
    Role,
)
from app.domain.errors import ErrorCode, UserError
from app.domain.excerpt import excerpt
from app.domain.feedback import Feedback, Provenance, Rating
from app.domain.generation import ModelInfo, Sampling, Usage
from app.domain.ledger import Ledger
from app.domain.moss import Field
from app.domain.sources import Source
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.services.observers import ModelState
from app.store.search import Hit
from app.ui import theme, words
from app.ui.chat.message_actions import MessageAction
from app.ui.icons import Icons
from app.ui.main_window import MainWindow
from app.ui.widgets.chip import Chip
from tests.conftest import ROOT
from tests.fakes.gallery import FakeGallery

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MODEL = ModelInfo(
    path="moss.gguf",
    name="MOSS sft-plugin Q4",
    architecture="phi2",
    form="plugin",
    demo=False,
    parameters=16_000_000_000,
    size_bytes=9_400_000_000,
    vocabulary=107_008,
    context=2048,
    device="CPU",
)
TITLES = (
    "Trip to 杭州 in spring",
    "Sums and fractions",
    "A letter to the landlord about the heating that does not work",
    "排序算法比较",
    "Sourdough",
)
ANSWER = """\
Rain begins where **moist air rises** and cools:

1. Water evaporates from the sea.
2. The vapour rises and *condenses* on dust.
   * Small drops stay up.
   * Large ones fall.

| Cloud | Height | Rain |
|:------|-------:|:----:|
| cumulus | 2 km | sometimes |
| nimbostratus | 3 km | always |

```python
def drops(vapour: float, dust: int) -> float:
    \"\"\"Litres of rain; none without dust.\"\"\"
    return vapour / dust if dust else 0.0
```

The pressure falls with height as $p = p_0 e^{-h/H}$, and

$$\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}$$

> What goes up must come down. See [the text](https://example.org/rain) and `rain.py`.
"""
_SUM = Command(Tool.CALCULATE, "37*48")
_SEARCH = Command(Tool.SEARCH, "how does rain form")
_FOUND = (
    Source("Meteorology, an introduction.pdf", "/docs/met.pdf", "Rain is …", page=12),
    Source("Clouds", "https://example.org/clouds", "A cloud is …"),
)
CALLS = (
    ToolCall(_SUM, ToolState.DONE, "1776", seconds=0.1),
    ToolCall(_SEARCH, ToolState.DONE, sources=_FOUND, providers=("documents",)),
    ToolCall.failed(Command(Tool.SOLVE, "x=x+1"), ToolFailure.NO_SOLUTION),
)
USAGE = Usage(300, 250, 41, 0.4, 4.2, seed=7)
PROVENANCE = Provenance(
    "moss.gguf", "ab" * 32, "Q4_0", "llama.cpp (1)", "CPU", Sampling(), ("Calculate",)
)


def messages():
    """A chat: a question with two answers, a judged one with tools, a stopped one."""
    made = [
        Message("q1", None, Role.USER, "How does rain form? 请用表格说明。", NOW),
        Message("a0", "q1", Role.ASSISTANT, "It falls.", NOW, model=MODEL.name),
        Message("a1", "q1", Role.ASSISTANT, ANSWER, NOW, model=MODEL.name, usage=USAGE),
        Message("q2", "a1", Role.USER, "And what is 37*48?", NOW, pinned=True),
        Message(
            "a2",
            "q2",
            Role.ASSISTANT,
            "37*48 = 1776 [1], as the book says [2].",
            NOW,
            thoughts="This is a sum; the calculator knows it.",
            calls=CALLS,
            model=MODEL.name,
            usage=USAGE,
            feedback=Feedback(Rating.UP, "right"),
            provenance=PROVENANCE,
        ),
        Message("q3", "a2", Role.USER, "Write more.", NOW),
        Message(
            "a3",
            "q3",
            Role.ASSISTANT,
            "Of course; there is",
            NOW,
            state=MessageState.STOPPED,
            model=MODEL.name,
            usage=USAGE,
        ),
    ]
    return {message.id: message for message in made}


CHAT = Conversation("0" * 32, TITLES[0], messages(), "a3")


def summaries():
    """Chats of several days, one pinned and two in a folder."""
    return [
        ConversationSummary(
            f"{number:032}",
            title,
            NOW - timedelta(days=2 * number),
            folder="Kitchen" if number > 2 else "",
            pinned=number == 1,
        )
        for number, title in enumerate(TITLES)
    ]


def window(colours=theme.LIGHT, *, formulas=None):
    """A window of a theme in which a model is ready and nothing was asked."""
    application = QApplication.instance()
    icons = Icons(ROOT / "resources/icons", colours.text)
    # Windows of other tests that are not gone yet would be polished anew with it.
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if application.property("stage") != repr(colours):
        theme.apply(application, colours)
        application.setProperty("stage", repr(colours))
    made = MainWindow(frozenset(Tool), icons, formulas=formulas, pictures=FakeGallery())
    made.recolour(colours)
    made.panel.set_model(MODEL)
    made.panel.set_model_state(ModelState.READY, 0.0)
    made.panel.composer.set_state(ready=True, writing=False)
    made.panel.composer.set_enabled_tools(frozenset({Tool.CALCULATE}))
    return made


def first_start(window):
    """Nothing was ever asked; the demo answers."""
    window.panel.set_model(replace(MODEL, demo=True, name="MOSS demo"))
    window.panel.show_conversation(None)


def chat(window):
    """A chat is read."""
    window.sidebar.show_chats(summaries(), today=NOW.date())
    window.sidebar.mark(CHAT.id)
    window.panel.show_conversation(CHAT)
    window.panel.composer.set_ledger(Ledger(prefix=300, history=940, total=2048))


def streaming(window):
    """A long answer is being written."""
    chat(window)
    asked = replace(CHAT, leaf="q1", messages={"q1": CHAT.messages["q1"]})
    window.panel.show_conversation(asked)
    reply = Message(
        "s", "q1", Role.ASSISTANT, "", NOW, MessageState.STREAMING, model=MODEL.name
    )
    window.panel.put(reply)
    window.panel.composer.set_state(ready=True, writing=True)
    window.set_writing(writing=True)
    for word in ANSWER[: ANSWER.index("and $") if "and $" in ANSWER else -40].split(
        " "
    ):
        window.panel.view.stream("s", part=Field.ANSWER, text=f"{word} ")


def chips_open(window):
    """What a tool returned is looked at."""
    chat(window)
    path = replace(CHAT, leaf="a2")
    window.panel.show_conversation(path)
    chips = window.panel.view.widget_of("a2").findChildren(Chip)
    next(chip for chip in chips if "Search" in chip.text()).click()


def asking(window):
    """A tool asks whether it may run, and a picture is being made."""
    chat(window)
    calls = (
        ToolCall(_SEARCH, ToolState.ASKING, providers=("web",)),
        ToolCall(Command(Tool.TEXT_TO_IMAGE, "a red fox in the snow")),
    )
    reply = replace(CHAT.messages["a2"], state=MessageState.STREAMING, calls=calls)
    window.panel.put(replace(reply, text="", usage=None, feedback=Feedback()))


def editing(window):
    """A message is edited, and a remark is written."""
    chat(window)
    view = window.panel.view
    view.widget_of("q2")._choose(MessageAction.EDIT)
    view.widget_of("a2")._choose(MessageAction.REMARK)


def waiting(window):
    """A question waits for another chat."""
    chat(window)
    text = _words("WaitingLine", "Waits: “{0}” is being answered first.")
    window.panel.waiting.say(text.format(TITLES[1]), elsewhere=True)
    window.panel.set_elsewhere(TITLES[1])
    window.panel.composer.set_state(ready=True, writing=True)


def failed(window):
    """No model could be loaded."""
    window.panel.set_model_state(ModelState.FAILED, 0.0)
    window.panel.composer.set_state(ready=False, writing=False)
    window.panel.notice.say(
        words.explain(UserError(ErrorCode.OUT_OF_MEMORY)),
        action=_words("Controller", "Use the demo model"),
        run=lambda: None,
    )


def hits(window):
    """Chats are searched."""
    chat(window)
    window.sidebar.focus_search()
    window.sidebar._search.setText("rain")
    window.sidebar.show_hits(
        [
            Hit("0" * 32, "", TITLES[0], None, excerpt("Rain in 杭州", "rain"), NOW),
            *(
                Hit(
                    "0" * 32,
                    known,
                    TITLES[0],
                    CHAT.messages[known].role,
                    excerpt(CHAT.messages[known].text, "rain"),
                    NOW,
                )
                for known in ("q1", "a1")
            ),
        ]
    )
    window.panel.view.show_message("a1")


def trash(window):
    """The trash is looked at."""
    chat(window)
    window.sidebar._trash.setChecked(True)
    window.sidebar.show_trash(summaries()[:2], days=30)


def _words(context, text):
    return QCoreApplication.translate(context, text)


STAGES = (
    first_start,
    chat,
    streaming,
    chips_open,
    asking,
    editing,
    waiting,
    failed,
    hits,
    trash,
)
