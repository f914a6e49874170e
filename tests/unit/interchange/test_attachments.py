"""Files that went along with messages, in every kind of file."""

import json
from dataclasses import replace

from app.domain.attachments import Attachment
from app.domain.branches import fork
from app.domain.feedback import Feedback, Rating
from app.domain.generation import Sampling
from app.domain.presets import Preset
from app.interchange import html, markdown, moss_json, plain_text, preferences, training
from app.interchange.labels import Labels
from app.interchange.renaming import renamed
from tests.unit.interchange.samples import ANSWER, OTHER, QUESTION, chat

FILE = Attachment("a <b>.txt", "```\n<script>1</script>\n```", 900)
PRESET = Preset("Pirate", "Talk like one.", Sampling(temperature=1.5, seed=3))
BLOCK = "a <b>.txt (the first 26 of 900 characters):\n````\n" + FILE.text + "\n````"


def sample():
    """The sample, its first question with a file, the chat with a preset."""
    archived = chat()
    conversation = archived.conversation
    asked = replace(conversation.messages[QUESTION], attachments=(FILE,))
    messages = {**conversation.messages, QUESTION: asked}
    changed = replace(conversation, messages=messages, preset=PRESET)
    return replace(archived, conversation=changed)


def test_our_own_file_loses_neither_files_nor_presets():
    data = b"".join(moss_json.pieces([sample()], {}.get))
    (found,) = moss_json.read(data)
    assert found.chat == sample()
    assert b"".join(moss_json.pieces([found.chat], {}.get)) == data
    twice = renamed(found.chat, {QUESTION}, lambda: "e" * 32)
    assert twice.conversation.preset == PRESET


def test_a_damaged_preset_costs_only_itself():
    data = b"".join(moss_json.pieces([sample()], {}.get))
    (found,) = moss_json.read(data.replace(b'"temperature":1.5', b'"temperature":"x"'))
    assert found.chat.conversation.preset is None
    assert found.chat.conversation.messages == sample().conversation.messages


def test_people_can_read_them():
    labels = Labels()
    text = b"".join(plain_text.pieces([sample()], labels)).decode()
    assert f"{BLOCK}\n\n1+1?" in text
    text = b"".join(markdown.pieces([sample()], labels)).decode()
    assert f"{BLOCK}\n\n1+1?" in text
    text = b"".join(html.pieces([sample()], labels, {}.get)).decode()
    assert "<summary>a &lt;b&gt;.txt</summary>" in text
    assert "&lt;script&gt;1&lt;/script&gt;" in text
    assert "<script>" not in text


def test_training_data_say_what_the_model_was_asked():
    (conversation,) = json.loads(b"".join(training.pieces([sample()])))
    assert BLOCK in json.dumps(conversation, ensure_ascii=False).replace("\\n", "\n")
    conversation = sample().conversation
    better = replace(conversation.messages[ANSWER], feedback=Feedback(Rating.UP))
    worse = replace(conversation.messages[OTHER], feedback=Feedback(Rating.DOWN))
    messages = {**conversation.messages, ANSWER: better, OTHER: worse}
    judged = replace(sample(), conversation=replace(conversation, messages=messages))
    (line,) = b"".join(preferences.pieces([judged])).splitlines()
    assert json.loads(line)["prompt"][0]["content"] == f"{BLOCK}\n\n1+1?"


def test_a_fork_has_the_files_and_the_preset_too():
    conversation = sample().conversation
    ids = {known: known[::-1] + "x" for known in conversation.messages}
    forked = fork(conversation, ANSWER, chat_id="f", ids=ids)
    assert forked.preset == PRESET
    assert forked.path()[0].attachments == (FILE,)
