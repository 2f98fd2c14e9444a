"""What the parsers of scripts declare, read from their source: right, or refused."""

import importlib
import re
import shutil
from argparse import Action
from datetime import date
from math import inf
from pathlib import Path
from typing import Any

import pytest

from learning.metrics import METRICS
from learning.use_cases import load
from operation.errors import OperationError
from operation.execution.configuration.script_parameters import (
    ARGUMENTS,
    Metric,
    Parameter,
    metrics_of,
    parameters_of,
)
from operation.tests.parcels import own_scripts

SCRIPTS = ["prepare", "train", "evaluate", "batch_score"]
TEXTS = {int: "7", float: "0.7", str: "text", Path: "folder", date: "2020-02-29"}
SCRIPT = """
import argparse
from datetime import date
from pathlib import Path

from learning.arguments import integer, matching, number
from places import FORMS, HOUSES, more
{more}

def parser():
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    add = arguments.add_argument
    {declaration}
    return arguments
"""
PLACES = """
from learning.arguments import number
from towns import TOWN as HOME

FORMS = "some " "a"
HOUSES = {"red": print, "blue": len}
PLACE = ["a", HOME]


def more(declare):
    \"\"\"Declare another one.\"\"\"
    declare("--home", default=HOME)
    declare("--share", type=number(above=0, at_most=1), default=0.5)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Scripts that know nothing of parcels."""
    (tmp_path / "src" / "learning").mkdir(parents=True)
    shutil.copy(own_scripts() / ARGUMENTS, tmp_path / "src" / ARGUMENTS)
    (tmp_path / "src" / "places.py").write_text(PLACES, encoding="utf-8")
    (tmp_path / "src" / "towns.py").write_text('TOWN: str = "Newark"\n', encoding="utf-8")
    return tmp_path / "src"


def read(folder: Path, declaration: str, more: str = "") -> list[Parameter]:
    script = folder / "script.py"
    script.write_text(SCRIPT.format(declaration=declaration, more=more), encoding="utf-8")
    return parameters_of(script)


def actions(script: str) -> dict[str, Action]:
    """What argparse itself knows of the script's parameters."""
    module = importlib.import_module(script)
    parser = module.parser() if script == "batch_score" else module.parser(load("parcels"))
    return {action.dest: action for action in parser._actions if action.dest != "help"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_is_read_is_what_argparse_knows(script: str) -> None:
    found = parameters_of(own_scripts() / f"{script}.py", "parcels")
    known = actions(script)
    assert [each.name for each in found] == list(known)
    for parameter, action in zip(found, known.values(), strict=True):
        default = tuple(parameter.default) if isinstance(parameter.default, list) else parameter.default
        assert (default, parameter.help) == (action.default, action.help)
        assert (parameter.required, parameter.several) == (action.required, action.nargs is not None)
        assert parameter.choices == tuple(action.choices or ())
        kind: Any = action.type or str
        text = parameter.default if parameter.pattern else TEXTS[parameter.kind]
        assert isinstance(kind(text), parameter.kind)


def test_what_is_read_of_metrics_is_what_their_table_says() -> None:
    expected = {
        name: Metric(
            metric.higher_is_better,
            (-inf if metric.range[0] is None else metric.range[0], inf if metric.range[1] is None else metric.range[1]),
            metric.tasks,
        )
        for name, metric in METRICS.items()
    }
    assert metrics_of(own_scripts()) == expected


@pytest.mark.parametrize(
    ("declaration", "parameter"),
    [
        ('add("--x-y", required=True)', Parameter("x_y", required=True)),
        ('add("--x", type=Path, help="a folder")', Parameter("x", Path, help="a folder")),
        ('add("--x", type=date.fromisoformat, default="2020-02-29")', Parameter("x", date, default="2020-02-29")),
        ('add("--x", type=integer(at_least=-1))', Parameter("x", int, {"at_least": -1})),
        ('add("--x", type=number(above=0, below=1.5))', Parameter("x", float, {"above": 0, "below": 1.5})),
        (
            'add("--x", type=number(at_least=0, above=1, below=9, at_most=8), nargs="+", choices=["1"], default=[2], '
            'required=True, help="all")',
            Parameter(
                "x", float, {"at_least": 0, "above": 1, "below": 9, "at_most": 8}, ("1",), True, True, [2], "all"
            ),
        ),
        ('add("--x", choices={"a": print})', Parameter("x", choices=("a",))),
        ('add("--x", type=matching(pattern="a+", forms=FORMS))', Parameter("x", pattern="a+", forms="some a")),
        ('add("--x", nargs="*", default=["a"])', Parameter("x", several=True, default=["a"])),
        ('add("--x", choices=["a", "b"])', Parameter("x", choices=("a", "b"))),
        ('add("--x", choices=HOUSES)', Parameter("x", choices=("red", "blue"))),
    ],
)
def test_a_declaration_is_read(folder: Path, declaration: str, parameter: Parameter) -> None:
    assert read(folder, declaration) == [parameter]


def test_a_function_that_the_parser_hands_add_to_declares_too_and_names_lead_through_imports(folder: Path) -> None:
    home, share = read(folder, "more(add)")
    assert home == Parameter("home", default="Newark")
    assert share == Parameter("share", float, {"above": 0, "at_most": 1}, default=0.5)


@pytest.mark.parametrize(
    ("declaration", "more", "message"),
    [
        ('for name in "ab":\n        add(f"--{name}")', "", "`for name in 'ab':` must be add"),
        ("arguments.set_defaults(x=1)", "", "must be add"),
        ('add("--x", type=lambda text: text)', "", "`lambda text: text` must be one of int, float"),
        ('add("--x", type=integer(1))', "", "`integer(1)` must be one of int, float"),
        ('add("--x", type=integer(at_least=limit()))', "", "`limit()` must be a literal"),
        ('add("--x", type=integer(pattern="1"))', "", "`integer(pattern='1')` must be one of int, float"),
        ('add("--x", type=matching(at_least=1))', "", "number(at_least=...), matching(pattern=...)"),
        ('add("--x", type=integer(at_last=1))', "", "`integer(at_last=1)` must be one of int, float"),
        ('add("--x", type=whole())', "", "`whole()` must be one of int, float"),
        ('add("--x", default=len("a"))', "", "`len('a')` must be a literal"),
        ('add("--x", help=f"{1}")', "", "must be a literal"),
        ('add("--x", action="store_true")', "", "no keywords but choices, default, help"),
        ('add("-x", "--xx")', "", "must have one name"),
        ("add()", "", "`add()` must have one name"),
        ('add("--x", nargs="?")', "", "`add('--x', nargs='?')` must have \"*\" or \"+\" as nargs: parameters"),
        ('add("--x", default=PLACE)', "from .places import PLACE", "must import from a file in src/"),
        ('add("--x", choices=print)', "", "must define print once"),
        (
            'add("--x", type=complex)',
            "",
            "`complex` must be one of int, float, str, Path, date.fromisoformat, integer(at_least=...), "
            "number(at_least=...), matching(pattern=...): parameters are read without running scripts.",
        ),
        ('add("x")', "", "must have one name, which begins with --"),
        ('add("--x", nargs=2)', "", 'must have "*" or "+" as nargs'),
        ('add("--x", **more)', "", "no keywords but"),
        ('add("--x", choices=sorted(HOUSES))', "", "`sorted(HOUSES)` must be a literal"),
        ('add("--x", choices=ROOMS)', "ROOMS = dict(a=1)", "`dict(a=1)` must be a literal"),
        ('add("--x", choices=ROOMS)', "ROOMS = {**HOUSES}", "`{**HOUSES}` must be a dict with literal keys"),
        ('add("--x", default=PLACE)', "from places import PLACE", "`['a', HOME]` must be a literal"),
        ('add("--x", default=SIZE)', "SIZE = 1\nSIZE = 2", "src/script.py must define SIZE once"),
        ('add("--x", default=SIZE)', "", "src/script.py must define SIZE once"),
        ('add("--x", default=SIZE)', "from os import SIZE", "`from os import SIZE` must import from a file in src/"),
        ("further(add)", "further = len", "`len` must be a function"),
        ('add("--x", type=integer(at_least=1))', "def integer(at_least): pass", "must define integer once"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(folder: Path, declaration: str, more: str, message: str) -> None:
    with pytest.raises(OperationError) as raised:
        read(folder, declaration, more)
    assert message in str(raised.value)
    assert "src/" in str(raised.value)


def test_a_type_of_the_same_name_from_elsewhere_is_refused(folder: Path) -> None:
    (folder / "places.py").write_text("def whole(at_least): pass\nFORMS = HOUSES = more = 0", encoding="utf-8")
    script = SCRIPT.replace("learning.arguments import integer, matching, number", "places import whole as integer")
    declaration = 'add("--x", type=integer(at_least=1))'
    (folder / "script.py").write_text(script.format(declaration=declaration, more=""), encoding="utf-8")
    with pytest.raises(OperationError, match=r"src/script.py:\d+: `integer\(at_least=1\)` must be one of"):
        parameters_of(folder / "script.py")


def test_the_parser_of_the_scripts_may_stand_in_for_argparses(folder: Path) -> None:
    text = SCRIPT.replace("argparse.ArgumentParser(description=__doc__, allow_abbrev=False)", "ScriptParser(__doc__)")
    script, declared = folder / "script.py", {"declaration": 'add("--x", type=int)', "more": ""}
    script.write_text(text.replace("import integer", "import ScriptParser, integer").format(**declared), "utf-8")
    assert parameters_of(script) == [Parameter("x", int)]


def test_another_parser_of_the_same_name_is_refused(folder: Path) -> None:
    text = SCRIPT.replace("argparse.ArgumentParser(description=__doc__, allow_abbrev=False)", "ScriptParser(__doc__)")
    own = "class ScriptParser(argparse.ArgumentParser):\n    pass\n"
    (folder / "script.py").write_text(text.format(declaration="", more=own), encoding="utf-8")
    with pytest.raises(OperationError, match=r"ScriptParser\(__doc__\)` must be add"):
        parameters_of(folder / "script.py")


def test_a_parser_may_say_all_that_declares_nothing(folder: Path) -> None:
    text = SCRIPT.replace("allow_abbrev=False", 'allow_abbrev=False, epilog="."').format(declaration="", more="")
    (folder / "script.py").write_text(text, encoding="utf-8")
    assert parameters_of(folder / "script.py") == []


def test_a_parser_that_takes_over_others_parameters_is_refused(folder: Path) -> None:
    text = SCRIPT.replace("allow_abbrev=False", "parents=[]").format(declaration="", more="")
    (folder / "script.py").write_text(text, encoding="utf-8")
    with pytest.raises(OperationError, match=r"ArgumentParser\(.*parents=\[\]\)` must be add"):
        parameters_of(folder / "script.py")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "src/script.py is missing. Restore it: git checkout -- src/script.py"),
        ("def parser(:", "src/script.py:1: invalid syntax. Fix the Python there."),
        ("x = 1", "src/script.py must define parser once"),
        ("parser = 1", "src/script.py:1: `1` must be a function"),
    ],
    ids=["missing", "no Python", "no parser", "another parser"],
)
def test_a_script_without_a_parser_is_named(folder: Path, text: str | None, message: str) -> None:
    if text:
        (folder / "script.py").write_text(text, encoding="utf-8")
    with pytest.raises(OperationError) as raised:
        parameters_of(folder / "script.py")
    assert message in str(raised.value)


DIRECTION, RANGE, TASKS = "higher_is_better=True", "range=(0, 1)", 'tasks=("binary",)'


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        ("f", DIRECTION),
        ("Metric(f, True)", DIRECTION),
        ("Metric(f, higher_is_better=GOOD)", DIRECTION),
        (f"Metric(f, {DIRECTION})", RANGE),
        (f"Metric(f, {DIRECTION}, range=RANGE)", RANGE),
        (f"Metric(f, {DIRECTION}, range=(0,))", RANGE),
        (f"Metric(f, {DIRECTION}, {RANGE})", TASKS),
        (f"Metric(f, {DIRECTION}, {RANGE}, tasks=TASKS)", TASKS),
        (f"Metric(f, {DIRECTION}, {RANGE}, tasks=())", TASKS),
    ],
)
def test_a_metric_without_a_direction_a_range_or_a_task_is_refused(folder: Path, entry: str, missing: str) -> None:
    (folder / "learning" / "metrics.py").write_text(f"METRICS = {{'a': {entry}}}", encoding="utf-8")
    with pytest.raises(OperationError, match=rf"src/learning/metrics.py:1: .* must say {re.escape(missing)} or "):
        metrics_of(folder)
