"""A plan is complete before anything runs: every argument parses, every input is somebody's output."""

import importlib
from argparse import ArgumentParser
from itertools import chain

import pytest

from learning import use_cases
from operation.errors import OperationError
from operation.execution.backtest import backtest
from operation.execution.sweep.space import Trial
from operation.execution.training import pipeline
from operation.execution.values import VALIDATIONS, Step
from operation.tests.parcels import load

STEPS = pipeline.steps(load(settings=["monitoring.reference=with_model"]), champion=True)
NAMES = {name: f"/{name}" for step in STEPS for name in chain(step.inputs.values(), step.outputs.values())}


def parser_of(step: Step) -> ArgumentParser:
    core = step.script.startswith("src/")
    name = step.script.removeprefix("src/").removesuffix(".py") if core else f"{step.script}/__main__"
    module = importlib.import_module(name.replace("/", "."))
    served = core and "score" not in name
    parser: ArgumentParser = module.parser(use_cases.load("parcels")) if served else module.parser()
    return parser


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_the_script_takes_every_argument(step: Step) -> None:
    parsed = parser_of(step).parse_args(step.argv(NAMES))
    assert vars(parsed)["output"].name == step.outputs["--output"]


ORIGIN = {"--model-version": "3", "--data-sha256": "d", "--git-commit": ""}
TO_SCORE = [
    pipeline.validate_to_score(load(), {"parcels": ("parcel", "sent_at"), "weather": ("temp",)}),
    pipeline.prepare_to_score(load()),
    pipeline.score(2, ORIGIN),
    pipeline.score_on_spark(ORIGIN),
]


@pytest.mark.parametrize("step", TO_SCORE, ids=lambda step: step.script)
def test_a_script_that_scores_takes_every_argument(step: Step) -> None:
    names = {name: f"/{name}" for name in (*step.inputs.values(), *step.outputs.values())}
    parsed = parser_of(step).parse_args(step.argv(names))
    assert str(parsed.output) == names[step.outputs["--output"]]
    assert "--git-commit" not in step.arguments


def test_the_script_of_a_window_takes_every_argument() -> None:
    step = pipeline.describe_window(load())
    names = {name: f"/{name}" for name in (*step.inputs.values(), *step.outputs.values())}
    parsed = parser_of(step).parse_args(step.argv(names))
    assert (str(parsed.raw), str(parsed.reference), str(parsed.output)) == ("/raw", "/reference", "/profile")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_configuration_leaves_no_parameter_to_the_script(step: Step) -> None:
    options = {action.option_strings[-1] for action in parser_of(step)._actions} - {"--help"}
    without_effect = {"--selection", "--hold-out", "--seed", "--purpose"} if step.name == "prepare" else set()
    without_effect |= {"--outputs"} if step.name == "evaluate" else set()  # of which only a back-test leaves some out
    without_effect |= {"--needed"} if step.name in VALIDATIONS else set()  # which is for tables to be scored
    if step.name == "reference":  # of the week, as monitoring has it, and of rows that are prepared already
        of_raw_tables = {*pipeline.prepare(load()).arguments} - {*step.arguments}
        without_effect |= {"--raw", "--reference", "--slices", "--block-days", *of_raw_tables}
    assert options - without_effect == {*step.arguments, *step.inputs, *step.outputs}


def test_what_has_no_effect_on_the_split_is_not_said_so_that_its_outputs_are_reused() -> None:
    drawn = load(settings=["split.by=random", "split.test=20 %", "seed=5"])
    assert pipeline.prepare(drawn).arguments["--seed"] == ("5",)
    by_time = [pipeline.prepare(load(settings=[setting])) for setting in ("seed=5", "split.selection=last 9 days")]
    assert by_time[0].arguments == by_time[1].arguments == pipeline.prepare(load()).arguments


def test_every_input_is_given_or_put_out_by_an_earlier_step() -> None:
    there = {"raw", "champion"}
    for step in STEPS:
        assert set(step.inputs.values()) <= there
        there |= set(step.outputs.values())


def test_a_reference_is_made_in_training_only_if_the_configuration_wants_it_with_the_model() -> None:
    assert [step.name for step in STEPS if step not in pipeline.steps(load(), champion=True)] == ["reference"]


def test_without_a_champion_there_is_nothing_to_compare_with() -> None:
    assert not any("--champion" in step.inputs for step in pipeline.steps(load(), champion=False))


@pytest.mark.parametrize("data", ["raw", "prepared"])
def test_what_is_made_of_data_is_made_of_validated_data(data: str) -> None:
    assert f"validate-{data}" in VALIDATIONS
    (step,) = [step for step in STEPS if step.name == f"validate-{data}"]
    assert step.inputs == {"--data": data}
    assert f"{pipeline.PROJECT}/expectations/parcels" in step.files


def test_a_changed_value_reaches_the_command_line() -> None:
    train = pipeline.train(load(settings=["training.trees=7", "seed=5"]))
    assert " --trees 7 " in " ".join(train.argv(NAMES))
    assert train.arguments["--seed"] == ("5",)


@pytest.mark.parametrize(("set_", "other"), [("missed_cost", "false_alarm_cost"), ("false_alarm_cost", "missed_cost")])
def test_one_cost_without_the_other_stops_before_anything_runs(set_: str, other: str) -> None:
    with pytest.raises(OperationError, match=f"evaluation.{other} is 0") as raised:
        pipeline.steps(load(settings=[f"evaluation.{set_}=3"]), champion=False)
    assert f"evaluation.{set_} is 3" in str(raised.value)
    assert str(raised.value).endswith("set both above 0, or both to 0 for no costs.")


def test_a_month_of_a_back_test_divides_what_is_prepared_and_writes_nothing_but_metrics() -> None:
    configuration = load(settings=["split.test=2013-05-01 to 2013-05-31", "memory_mb=700"])
    steps = backtest.steps_of(Trial(1, {"trained on": "2013-01-01 to 2013-04-30"}, configuration))
    places = {**NAMES, pipeline.CHAMPION: "/champion", pipeline.ROWS: "/rows"}
    division, _, evaluation = (parser_of(step).parse_args(step.argv(places)) for step in steps)
    assert (str(division.data), division.test) == ("/rows", "2013-05-01 to 2013-05-31")
    assert (division.train, division.memory_mb) == ("2013-01-01 to 2013-04-30", 700)
    assert evaluation.outputs == "metrics"
    assert "--outputs" not in pipeline.evaluate(configuration, champion=False).arguments
