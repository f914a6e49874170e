"""Where a generation ends, with control tokens that have a name and that have none."""

from app.domain.generation import StopRule
from app.domain.moss import Form, Label, Marker, stop_rules
from app.engine.backends.remote.stops import Stops

STAGE_ONE = stop_rules(Form.PLUGIN, answering=False)
STAGE_TWO = stop_rules(Form.PLUGIN, answering=True)


def test_named_tokens_end_where_the_rules_say():
    stops = Stops(STAGE_ONE, names_controls=True)
    assert not stops.ends_at(Marker.THOUGHTS)
    assert stops.ends_at(Marker.COMMANDS)
    assert stops.ends_at(Marker.ANSWER)
    stops.wrote(Label.COMMANDS[:5])
    assert not stops.ends_at(Marker.THOUGHTS)
    stops.wrote(Label.COMMANDS[5:])
    assert stops.ends_at(Marker.THOUGHTS)
    assert not stops.ends_at("<|endoftext|>")


def test_where_rules_tokens_are_named_others_never_end():
    stops = Stops(STAGE_TWO, names_controls=True)
    assert not any(stops.ends_at("") for _ in range(9))


def test_an_unnamed_token_ends_an_answer():
    assert Stops(STAGE_TWO, names_controls=False).ends_at("")


def test_the_first_unnamed_token_ends_the_thoughts_and_the_next_the_commands():
    stops = Stops(STAGE_ONE, names_controls=False)
    stops.wrote(" <|Inner Thoughts|>: x")
    assert not stops.ends_at("")
    stops.wrote("\n<|Commands|>: None")
    assert stops.ends_at("")


def test_an_unnamed_token_behind_the_commands_ends_at_once():
    stops = Stops(STAGE_ONE, names_controls=False)
    stops.wrote("<|Commands|>: None")
    assert stops.ends_at("")


def test_two_unnamed_tokens_end_what_goes_astray():
    stops = Stops(STAGE_ONE, names_controls=False)
    assert [stops.ends_at(""), stops.ends_at("")] == [False, True]


def test_without_rules_nothing_ends():
    stops = Stops((), names_controls=False)
    assert not any(stops.ends_at("") for _ in range(9))
    assert not Stops((StopRule(("<a>",)),), names_controls=False).ends_at("<b>")
