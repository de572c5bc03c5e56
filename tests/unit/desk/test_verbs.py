"""The officers' verbs by name."""

import re
from typing import get_args

import pytest

from longbien.casework import commands as c
from longbien.casework.policy import DUTIES
from longbien.desk.verbs import OPENING, VERBS, get_verb
from longbien.primitives.errors import Refused


def test_every_command_of_an_officer_has_one_verb() -> None:
    """None is forgotten, none has two names."""
    named = [*OPENING.values(), *VERBS.values()]

    assert set(named) == set(get_args(c.OfficerCommand)) == set(DUTIES)
    assert len(named) == len(set(named))
    assert set(OPENING.values()) == set(get_args(c.OpeningCommand))


def test_a_verb_is_named_after_its_command() -> None:
    """``ConfirmPreservation`` is ``confirm-preservation``: nobody has to look it up."""
    for name, command in {**OPENING, **VERBS}.items():
        words = re.findall("[A-Z][a-z]*", command.__name__)
        assert name == "-".join(words).lower()
        assert get_verb(name) is command


def test_an_unknown_verb_is_refused() -> None:
    """By its code."""
    with pytest.raises(Refused) as caught:
        get_verb("release-alone")
    assert caught.value.code == "desk.no-such-verb"
