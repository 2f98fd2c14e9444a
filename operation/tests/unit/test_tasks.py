"""The verbs as a user meets them: all there, all explained, and listed in an instant."""

from pathlib import Path

import pytest
from invoke.collection import Collection

import tasks

ROOT = Path(tasks.__file__).parent
VERBS = [
    *("setup", "data", "validate", "prepare", "train", "evaluate", "register", "promote"),
    *("models", "ui", "test", "lint", "clean", "doctor", "sweep", "emulator", "watch", "infra", "ado", "new"),
    *("deploy", "rollback", "undeploy", "services", "serve", "smoke", "score", "monitor", "backtest", "status", "docs"),
    *("template", "expectations", "affected", "notebook"),
    *("explain", "compare", "reproduce"),
]
POSITIONAL = [("new", "name"), ("compare", "first"), ("compare", "second"), ("reproduce", "registered")]
COLLECTION = Collection.from_module(tasks)
ARGUMENTS = {name: COLLECTION[name].get_arguments() for name in VERBS}  # Invoke hands each help text out once


def test_every_verb_is_there() -> None:
    assert set(COLLECTION.task_names) == set(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_every_argument_has_a_default_and_a_help_text(name: str) -> None:
    for argument in ARGUMENTS[name]:
        assert argument.help
        assert not argument.positional or (name, argument.name) in POSITIONAL


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_that_reads_the_configuration_takes_all_that_chooses_it(name: str) -> None:
    choosing = {"environment", "use_case", "set_"}
    assert {argument.attr_name or argument.name for argument in ARGUMENTS[name]} & choosing in (set(), choosing)


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_says_in_one_line_what_it_does(name: str) -> None:
    assert str(COLLECTION[name].__doc__).splitlines()[0].endswith(".")
