r"""MOSS-003's prompt format: rendering and parsing, pure.

The layout of a plugin model's turn, each field closed by its own control token and a
newline::

    <|Human|>: QUESTION<eoh>\n
    <|Inner Thoughts|>: THOUGHT<eot>\n
    <|Commands|>: COMMANDS<eoc>\n
    <|Results|>: RESULTS<eor>\n
    <|MOSS|>: ANSWER<eom>\n

A plain `sft` model has the first and the last only, and no tool lines; a `base` model
completes text. Source: the published MOSS-003 code and training conversations.

`fields` has the words of the format, `prefix` what a dialogue begins with, `prompts`
what a model is given, `reply` reads what it writes, `citations` the marks in an answer,
`dialogue` whole dialogues, `training` those of a training file.
"""

from app.domain.moss.dialogue import Dialogue, render, turns_of
from app.domain.moss.fields import MOSS_FORMS, Field, Form, Label, Marker, Turn
from app.domain.moss.prefix import META_INSTRUCTION, PrefixOptions, prefix
from app.domain.moss.prompts import (
    asked,
    join,
    opening,
    prefix_segments,
    stage_one,
    stage_two,
    stop_rules,
    turn_segments,
    without_results,
)
from app.domain.moss.reply import ReplyParser

__all__ = [
    "META_INSTRUCTION",
    "MOSS_FORMS",
    "Dialogue",
    "Field",
    "Form",
    "Label",
    "Marker",
    "PrefixOptions",
    "ReplyParser",
    "Turn",
    "asked",
    "join",
    "opening",
    "prefix",
    "prefix_segments",
    "render",
    "stage_one",
    "stage_two",
    "stop_rules",
    "turn_segments",
    "turns_of",
    "without_results",
]
