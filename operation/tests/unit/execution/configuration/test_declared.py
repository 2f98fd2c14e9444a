"""The parsers of the core scripts decide what the configuration may say; a copy of them that says otherwise, too."""

import gc
import importlib
import shutil
import weakref
from pathlib import Path

import pytest

from learning import use_cases
from operation.errors import OperationError
from operation.execution.configuration.declared import (
    SECTIONS,
    SHARED,
    Words,
    higher_is_better,
    in_section,
    parameters,
    words_of,
)
from operation.execution.training import pipeline
from operation.tests.parcels import load, own_scripts

NEW = '    add("--depth", type=integer(at_least=3), default=6, help="most splits above a leaf")\n    return arguments\n'
VALUES = ["-1", "0", "0.5", "1", "2", "0.95", "1.0", "100", "1e-5", ".inf"]
NUMBERS = [
    *(
        pytest.param(script, f"{section}.{name}", name, id=f"{section}.{name}")
        for section, script in SECTIONS.items()
        for name, each in in_section(parameters(own_scripts(), script, "parcels")).items()
        if each.kind in (int, float)
    ),
    *(pytest.param(script, name, name, id=name) for name, script in SHARED.items() if name != "use_case"),
    pytest.param("evaluate", "gate.confidence", "confidence", id="gate.confidence"),
]


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the scripts, to be changed."""
    return Path(shutil.copytree(own_scripts(), tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__")))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def takes(script: str, option: str, value: str) -> bool:
    """Whether the script's own parser takes the value; the folders are given."""
    parser = importlib.import_module(script).parser(use_cases.load("parcels"))
    folders = [word for name in ("data", "model", "output") for word in (f"--{name}", name)]
    given = folders if script == "evaluate" else [*folders[:2], *folders[4:]]
    try:
        parser.parse_args([*given, f"{option}={value.removeprefix('.')}"])
    except SystemExit:
        return False
    return True


def loads(key: str, value: str) -> bool:
    try:
        load(settings=[f"{key}={value}"])
    except OperationError:
        return False
    return True


@pytest.mark.parametrize(("script", "key", "name"), NUMBERS)
def test_the_configuration_takes_exactly_the_numbers_that_the_script_takes(script: str, key: str, name: str) -> None:
    option = f"--{name.replace('_', '-')}"
    yaml_floats = [value.replace("e-5", ".0e-5") for value in VALUES]  # YAML's number needs the point
    taken = [value for value in yaml_floats if takes(script, option, value)]
    assert [value for value in yaml_floats if loads(key, value)] == taken
    assert taken != yaml_floats


def test_a_line_of_a_parser_is_a_key_of_its_section_with_its_bounds(scripts: Path) -> None:
    edit(scripts / "train.py", "    return arguments\n", NEW)
    with pytest.raises(OperationError, match=r"the key training.depth is missing"):
        load(scripts=scripts)
    with pytest.raises(OperationError, match=r"training.depth must be at least 3, not 2\."):
        load(settings=["training.depth=2"], scripts=scripts)
    step = pipeline.train(load(settings=["training.depth=3"], scripts=scripts))
    assert step.arguments["--depth"] == ("3",)


def test_a_line_that_is_gone_is_no_key_any_more(scripts: Path) -> None:
    lines = (scripts / "train.py").read_text(encoding="utf-8").splitlines(keepends=True)
    (scripts / "train.py").write_text("".join(line for line in lines if '"--trees"' not in line), encoding="utf-8")
    with pytest.raises(OperationError, match=r"use_cases/parcels.yaml:\d+: unknown key training.trees"):
        load(scripts=scripts)


def test_a_model_and_a_metric_are_known_by_the_line_of_their_table(scripts: Path) -> None:
    edit(scripts / "learning" / "models.py", '    "lightgbm": fit_lightgbm,', '    "mine": fit_lightgbm,')
    edit(
        scripts / "learning" / "metrics.py",
        '    "roc_auc": Metric(',
        '    "mine": Metric(f, higher_is_better=False, range=(0, None), tasks=("binary",)),\n    "roc_auc": Metric(',
    )
    settings = ["training.model=mine", "gate.metric=mine", "gate.at_most.mine=1"]
    assert load(settings=settings, scripts=scripts).gate.metric == "mine"
    assert not higher_is_better("mine", scripts)
    with pytest.raises(OperationError, match=r"training.model must be 'mine', .* not \"lightgbm\""):
        load(settings=settings[1:], scripts=scripts)


def test_a_parser_that_cannot_be_read_stops_the_run_by_file_and_line(scripts: Path) -> None:
    edit(scripts / "train.py", 'add("--trees", type=integer(at_least=1)', 'add("--trees", type=lambda text: int(text)')
    with pytest.raises(OperationError, match=r"src/train.py:\d+: `lambda text: int\(text\)` must be one of int"):
        load(scripts=scripts)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.learning_rate=.inf", "training.learning_rate must be a finite number, not Infinity."),
        ("gate.zzz=1", "unknown key gate.zzz. Valid: gate.metric, gate.confidence, gate.least_gain"),
    ],
)
def test_what_no_script_declares_is_as_strict(setting: str, message: str, scripts: Path) -> None:
    with pytest.raises(OperationError) as raised:
        load(settings=[setting], scripts=scripts)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "gate.metric=log_loss",
            'gate.metric is "log_loss": no metric of the task regression',
        ),
        ("gate.too_good.accuracy=1", "unknown key gate.too_good.accuracy: no metric of the task regression"),
        ("gate.metric=mea", "Did you mean mae?"),
    ],
)
def test_a_metric_of_another_task_is_refused_by_name(scripts: Path, setting: str, message: str) -> None:
    edit(scripts / "parcels" / "use_case.py", 'TASK = "binary"', 'TASK = "regression"')
    with pytest.raises(OperationError) as raised:
        load(settings=[setting], scripts=scripts)
    assert message in str(raised.value)
    assert "gate.metric=mae" not in str(raised.value)


def test_a_refused_configuration_keeps_nobody_alive() -> None:
    """Pydantic's error would keep every frame up to here, with all that is in it, until the process ends."""

    class Here:
        """Something in a frame."""

    def refuse() -> "weakref.ref[Here]":
        here = Here()
        with pytest.raises(OperationError) as raised:
            load(settings=["gate.metric=mae"])
        assert "no metric of the task" in str(raised.value)
        return weakref.ref(here)

    reference = refuse()
    gc.collect()
    assert reference() is None


def test_words_are_those_of_the_use_case(scripts: Path) -> None:
    edit(scripts / "parcels" / "use_case.py", 'ROWS = "parcels"', 'ROWS = "departures"')
    assert words_of("parcels", scripts) == Words(event="overdue", rows="departures")


def test_words_that_cannot_be_read_are_refused_by_file(scripts: Path) -> None:
    edit(scripts / "parcels" / "use_case.py", 'EVENT = "overdue"', 'EVENT = "over".join("due")')
    with pytest.raises(OperationError, match=r"src/parcels/use_case.py:\d+: .* must be a literal"):
        words_of("parcels", scripts)


def test_the_unit_of_an_unknown_column_is_refused_by_name(scripts: Path) -> None:
    unknown = r"card.units.*prepared rows have no column distanse: did you mean distance"
    with pytest.raises(OperationError, match=unknown):
        load(settings=["card.units={distanse: km}"], scripts=scripts)


def test_what_alarms_cost_is_refused_where_there_are_none(scripts: Path) -> None:
    edit(scripts / "parcels" / "use_case.py", 'TASK = "binary"', 'TASK = "multiclass"')
    with pytest.raises(
        OperationError, match="weigh the alarms of a binary model, and parcels is multiclass: set it to 0"
    ):
        load(settings=["evaluation.missed_cost=3"], scripts=scripts)
