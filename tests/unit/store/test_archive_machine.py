"""Whatever is done to chats in whatever order: archive and model never differ.

The model is plain dictionaries. The steps are what the window does with the archive:
ask, answer, edit and regenerate (branches), show another branch, delete with undo,
rate, pin, rename, move, trash and restore, fork, export and import.
"""

import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
)

from app.domain import branches
from app.domain.archived import ArchivedChat
from app.domain.attachments import Attachment
from app.domain.conversation import Conversation, Message, MessageState, Role
from app.domain.feedback import Feedback, Provenance, Rating
from app.domain.generation import Usage
from app.domain.presets import Preset
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.services.exchange import Exchange, Format
from app.store.conversations import ConversationStore
from app.store.database import Database

START = datetime(2026, 5, 1, tzinfo=UTC)
TEXTS = st.one_of(
    st.sampled_from(
        ["1+1?", "北京", "<eoh>\n<|MOSS|>: ", "", "a\x00b", "👩‍👩‍👧", "\r\n\t"]
    ),
    st.text(max_size=20),
)
FILES = st.lists(
    st.builds(Attachment, TEXTS, TEXTS, st.integers(0, 1 << 40)), max_size=2
)
CALLS = st.lists(
    st.one_of(
        st.builds(
            ToolCall,
            st.builds(Command, st.sampled_from(Tool), TEXTS),
            st.just(ToolState.DONE),
            TEXTS,
        ),
        st.builds(
            ToolCall.failed,
            st.builds(Command, st.sampled_from(Tool), TEXTS),
            st.sampled_from(ToolFailure),
        ),
    ),
    max_size=2,
).map(tuple)
STATES = st.sampled_from([s for s in MessageState if s is not MessageState.STREAMING])


@dataclass
class Model:
    """What the archive should have: chats, and what is in the trash."""

    chats: dict[str, ArchivedChat] = field(default_factory=dict)
    trashed: dict[str, ArchivedChat] = field(default_factory=dict)


class ArchiveMachine(RuleBasedStateMachine):
    """Does things to an archive and to its model."""

    chats = Bundle("chats")
    undo = Bundle("undo")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.place = Path(self.folder.name)
        self.database = Database(self.place / "archive.db")
        self.store = ConversationStore(self.database)
        self.exchange = Exchange(
            self.store, self.place / "pictures", self.tick, self.new_id
        )
        self.model = Model()
        self.now = START
        self.made = 0

    def teardown(self):
        self.database.close()
        self.folder.cleanup()

    # -- helpers

    def tick(self):
        self.now += timedelta(microseconds=1)
        return self.now

    def new_id(self):
        self.made += 1
        return f"{self.made:032x}"

    def put(self, chat, **changes):
        """Changes a chat of the model."""
        shelf = self.model.chats if chat in self.model.chats else self.model.trashed
        before = shelf[chat]
        known = {f: v for f, v in changes.items() if hasattr(before, f)}
        inner = {f: v for f, v in changes.items() if f not in known}
        conversation = replace(before.conversation, **inner)
        shelf[chat] = replace(before, conversation=conversation, **known)

    def conversation(self, chat):
        return (self.model.chats | self.model.trashed)[chat].conversation

    def add(self, chat, message):
        """Saves a new message, which takes a chat out of the trash."""
        self.store.save_message(chat, message)
        if chat in self.model.trashed:
            self.model.chats[chat] = self.model.trashed.pop(chat)
        known = self.model.chats[chat]
        self.model.chats[chat] = replace(
            known,
            conversation=known.conversation.with_message(message),
            updated=max(known.updated, message.created),
        )

    def some(self, data, chat, role=None):
        """A message of a chat; None where there is none."""
        fitting = [
            m
            for m in self.conversation(chat).messages.values()
            if role is None or m.role is role
        ]
        return data.draw(st.sampled_from(fitting)) if fitting else None

    # -- what people do

    @rule(target=chats, title=TEXTS, text=TEXTS)
    def begin(self, title, text):
        identity, when = self.new_id(), self.tick()
        self.store.create(identity, title, when)
        conversation = Conversation(identity, title)
        self.model.chats[identity] = ArchivedChat(conversation, when, when)
        self.ask(identity, text)
        return identity

    @rule(chat=chats, text=TEXTS, files=FILES)
    def ask(self, chat, text, files=()):
        leaf = self.conversation(chat).leaf
        asked = Message(self.new_id(), leaf, Role.USER, text, self.tick())
        self.add(chat, replace(asked, attachments=tuple(files)))

    @rule(chat=chats, texts=st.lists(TEXTS, max_size=3), thoughts=TEXTS, calls=CALLS,
          state=STATES)  # fmt: skip
    def answer(self, chat, texts, thoughts, calls, state):
        """Streams, and ends."""
        self.reply(chat, self.conversation(chat).leaf, texts)
        message = self.conversation(chat).messages[self.conversation(chat).leaf]
        whole = replace(
            message,
            state=state,
            thoughts=thoughts,
            calls=calls,
            usage=Usage(3, 2, 1, 0.5, 0.25, 1 << 33),
            provenance=Provenance("m.gguf", tools=("Calculate",)),
        )
        self.store.save_message(chat, whole)
        self.replace_message(chat, whole)

    def reply(self, chat, parent, texts):
        message = Message(
            self.new_id(), parent, Role.ASSISTANT, "", self.tick(), model="MOSS"
        )
        self.add(chat, message)
        for text in texts:
            message = replace(message, text=message.text + text)
            self.store.save_message(
                chat, replace(message, state=MessageState.STREAMING)
            )
        self.store.save_message(chat, message)
        self.replace_message(chat, message)

    def replace_message(self, chat, message):
        messages = {**self.conversation(chat).messages, message.id: message}
        self.put(chat, messages=messages)

    @rule(chat=chats, text=TEXTS, data=st.data())
    def edit(self, chat, text, data):
        old = self.some(data, chat, Role.USER)
        if old is not None:
            self.add(
                chat, Message(self.new_id(), old.parent, Role.USER, text, self.tick())
            )

    @rule(chat=chats, text=TEXTS, data=st.data())
    def regenerate(self, chat, text, data):
        old = self.some(data, chat, Role.ASSISTANT)
        if old is not None:
            self.reply(chat, old.parent, [text])

    @rule(chat=chats, data=st.data())
    def show_version(self, chat, data):
        shown = self.some(data, chat)
        if shown is not None:
            leaf = branches.newest_leaf(self.conversation(chat), shown.id)
            self.store.set_leaf(chat, leaf)
            self.put(chat, leaf=leaf)

    @rule(target=undo, chat=chats, data=st.data())
    def delete(self, chat, data):
        gone = self.some(data, chat)
        if gone is None:
            return None
        before = self.conversation(chat)
        removed = branches.below(before, gone.id)
        after = branches.without(before, gone.id)
        self.store.trash_messages(removed, self.tick())
        self.store.set_leaf(chat, after.leaf)
        self.put(chat, messages=after.messages, leaf=after.leaf)
        return chat, before, removed

    @rule(deleted=consumes(undo))
    def undelete(self, deleted):
        if deleted is None:
            return
        chat, before, removed = deleted
        now = self.conversation(chat)
        parent = before.messages[removed[0]].parent
        if parent is not None and parent not in now.messages:
            return  # What it hung on was deleted since.
        self.store.restore_messages(removed)
        self.store.set_leaf(chat, before.leaf)
        back = {key: before.messages[key] for key in removed}
        # They stand where they stood: in the order in which they were made.
        messages = dict(sorted({**now.messages, **back}.items()))
        self.put(chat, messages=messages, leaf=before.leaf)
        if before.leaf not in messages:
            leaf = branches.newest_leaf(self.conversation(chat), removed[0])
            self.store.set_leaf(chat, leaf)
            self.put(chat, leaf=leaf)

    @rule(chat=chats, rating=st.sampled_from([None, *Rating]), remark=TEXTS,
          pinned=st.booleans(), data=st.data())  # fmt: skip
    def judge(self, chat, rating, remark, pinned, data):
        message = self.some(data, chat, Role.ASSISTANT)
        if message is not None:
            others = branches.versions(self.conversation(chat), message.id)
            over = tuple(other.id for other in others if other.id != message.id)
            feedback = Feedback(rating, remark, over)
            judged = replace(message, pinned=pinned, feedback=feedback)
            self.store.note(judged)
            self.replace_message(chat, judged)

    @rule(chat=chats, title=TEXTS)
    def rename(self, chat, title):
        self.store.rename(chat, title)
        self.put(chat, title=title)

    @rule(chat=chats, name=TEXTS, instruction=TEXTS)
    def choose(self, chat, name, instruction):
        preset = Preset(name, instruction) if name else None
        self.store.set_preset(chat, preset)
        self.put(chat, preset=preset)

    @rule(chat=chats, folder=TEXTS)
    def move(self, chat, folder):
        self.store.move([chat], folder)
        self.put(chat, folder=folder)

    @rule(chat=chats, pinned=st.booleans())
    def pin(self, chat, pinned):
        self.store.pin(chat, pinned=pinned)
        self.put(chat, pinned=pinned)

    @rule(chat=chats)
    def trash(self, chat):
        self.store.trash(chat, self.tick())
        if chat in self.model.chats:
            self.model.trashed[chat] = self.model.chats.pop(chat)

    @rule(chat=chats)
    def restore(self, chat):
        self.store.restore(chat)
        if chat in self.model.trashed:
            self.model.chats[chat] = self.model.trashed.pop(chat)

    @rule(target=chats, chat=chats, data=st.data())
    def fork(self, chat, data):
        last = self.some(data, chat)
        source = self.conversation(chat)
        identity, when = self.new_id(), self.tick()
        ids = {key: self.new_id() for key in source.messages}
        if last is None:
            forked = Conversation(identity, source.title)
        else:
            forked = branches.fork(source, last.id, chat_id=identity, ids=ids)
        self.store.add(forked, when)
        self.model.chats[identity] = ArchivedChat(forked, when, when)
        return identity

    @precondition(lambda self: self.made < 200)
    @rule(data=st.data())
    def import_own_export(self, data):
        """What is there comes again, under other ids."""
        chosen = sorted(self.model.chats)[-2:]
        self.exchange.export(self.place / "some.json", Format.JSON, ids=chosen)
        done = self.exchange.import_(self.place / "some.json")
        assert (len(done.chats), done.findings) == (len(chosen), [])
        for old, new in zip(chosen, done.chats, strict=True):
            copied = self.store.archived(new)
            assert copied is not None
            assert alike(copied.chat) == alike(self.model.chats[old])
            self.model.chats[new] = copied.chat

    # -- what must hold

    @invariant()
    def archive_and_model_agree(self):
        assert {s.id for s in self.store.summaries()} == set(self.model.chats)
        assert {s.id for s in self.store.trashed()} == set(self.model.trashed)
        for identity, expected in (self.model.chats | self.model.trashed).items():
            loaded = self.store.archived(identity)
            assert loaded is not None
            assert loaded.unreadable == 0
            assert loaded.chat == expected
            assert list(loaded.chat.conversation.messages) == list(
                expected.conversation.messages
            )

    @rule()
    def export_goes_into_a_fresh_archive_and_out_the_same(self):
        first, second = self.place / "a.json", self.place / "b.json"
        self.exchange.export(first, Format.JSON)
        with (
            tempfile.TemporaryDirectory() as folder,
            Database(Path(folder) / "fresh.db") as database,
        ):
            fresh = Exchange(ConversationStore(database), Path(folder))
            done = fresh.import_(first)
            assert done.findings == []
            assert len(done.chats) == len(self.model.chats)
            for identity, expected in self.model.chats.items():
                loaded = fresh.archive.archived(identity)
                assert loaded is not None
                assert loaded.chat == expected
            fresh.export(second, Format.JSON)
        assert first.read_bytes() == second.read_bytes()


def alike(chat):
    """A chat without its ids: numbers in the order of its messages."""
    conversation = chat.conversation
    numbers = {key: str(n) for n, key in enumerate(conversation.messages)}
    messages = [
        replace(
            message,
            id=numbers[message.id],
            parent=numbers.get(message.parent or ""),
            feedback=replace(
                message.feedback,
                preferred_over=tuple(
                    numbers.get(other, "") for other in message.feedback.preferred_over
                ),
            ),
        )
        for message in conversation.messages.values()
    ]
    leaf = numbers.get(conversation.leaf or "")
    return replace(
        chat, conversation=Conversation("", conversation.title, messages, leaf)
    )


ArchiveMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestArchive = ArchiveMachine.TestCase
