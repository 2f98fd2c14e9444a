"""Define the steps between raw data and an evaluated model. Pure: a plan needs no backend and touches nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel

from operation.errors import OperationError
from operation.execution.backends import WINDOW
from operation.execution.configuration.declared import COSTS
from operation.execution.configuration.sections import Configuration
from operation.execution.registration.evidence import REFERENCE
from operation.execution.steps.recipe import USE_CASE
from operation.execution.values import Step

VALIDATION = "operation/execution/validation"
PROJECT = "operation/tests/data_validation/great_expectations"  # its settings, and below it the suites
CHAMPION = "champion"
ROWS = "rows"  # that are prepared, of all days
SCORING_MODEL = "scoring-model"


def steps(configuration: Configuration, champion: bool) -> tuple[Step, ...]:
    """Define every step with its arguments; with a champion, it is evaluated on the same test rows.

    Where two could start and only one may, the earlier does: validation is first and last, so that it runs beside the
    long way from preparation to evaluation and holds up neither.
    """
    with_model = configuration.monitoring.reference == "with_model"
    return (
        validate_raw(configuration),
        prepare(configuration),
        train(configuration),
        evaluate(configuration, champion),
        *([make_reference(configuration)] if with_model else []),
        validate_prepared(configuration),
    )


def validate_raw(configuration: Configuration) -> Step:
    """Define the step from raw tables to the result of their checks."""
    return _validate(configuration, "raw", {name: f"{name}.parquet" for name in configuration.data.tables})


def prepare(configuration: Configuration, hold_out: str = "test") -> Step:
    """Define the step from raw tables to the prepared train and test parts.

    With `hold_out` "selection", the test part is left out, and the selection part of the rest stands for it.
    """
    arguments = _use_case(configuration) | _arguments(configuration.preparation)
    arguments |= _split(configuration, hold_out) | _machine(configuration)
    return Step("prepare", "src/prepare.py", arguments, {"--data": "raw"}, {"--output": "prepared"})


def divide(configuration: Configuration, train: str) -> Step:
    """Define the step from prepared rows to other parts of them: `train` is the span of days that trains."""
    arguments = _use_case(configuration) | {"--test": (configuration.split["test"],), "--train": (train,)}
    return Step(
        "divide", "src/divide.py", arguments | _machine(configuration), {"--data": ROWS}, {"--output": "prepared"}
    )


def validate_prepared(configuration: Configuration) -> Step:
    """Define the step from both prepared parts to the result of their checks."""
    return _validate(configuration, "prepared", {"features": "train.parquet,test.parquet"})


def train(configuration: Configuration) -> Step:
    """Define the step from the train part to a model."""
    arguments = _use_case(configuration) | _arguments(configuration.training)
    arguments |= _seed(configuration) | _threads(configuration)
    return Step("train", "src/train.py", arguments, {"--data": "prepared"}, {"--output": "model"})


def evaluate(configuration: Configuration, champion: bool, card: bool = True) -> Step:
    """Define the step that compares model and champion on the test part: metrics, slices, their comparison.

    Without `card`, it leaves out what a model card shows besides, such as plots.

    Raises:
        OperationError: one of the two costs of `evaluation` is 0 and the other is not.
    """
    _require_both_costs(configuration)
    arguments = _use_case(configuration) | _arguments(configuration.evaluation) | _seed(configuration)
    gate = {"--metric": (configuration.gate.metric,), "--confidence": (str(configuration.gate.confidence),)}
    arguments |= {} if card else {"--outputs": ("metrics",)}
    inputs = {"--data": "prepared", "--model": "model"} | ({"--champion": CHAMPION} if champion else {})
    return Step("evaluate", "src/evaluate.py", arguments | gate, inputs, {"--output": "evaluation"})


def _require_both_costs(configuration: Configuration) -> None:
    costs = {f"evaluation.{name}": configuration.evaluation[name] for name in COSTS}
    if any(costs.values()) and not all(costs.values()):
        said = " and ".join(f"{name} is {cost:.15g}" for name, cost in costs.items())
        raise OperationError(f"{said}, and one weighs the other: set both above 0, or both to 0 for no costs.")


def make_reference(configuration: Configuration) -> Step:
    """Define the step that describes what a model learned from, which monitoring compares with."""
    arguments = _use_case(configuration) | _machine(configuration)
    inputs = {"--data": "prepared", "--model": "model"}
    return Step(REFERENCE, "src/profile_data.py", arguments, inputs, {"--output": REFERENCE})


def validate_to_score(configuration: Configuration, needed: Mapping[str, Sequence[str]]) -> Step:
    """Define the step that checks raw tables to be scored, in the columns that scoring reads."""
    step = validate_raw(configuration)
    columns = tuple(f"{table}={','.join(names)}" for table, names in needed.items())
    return replace(step, arguments={**step.arguments, "--needed": columns})


def prepare_to_score(configuration: Configuration) -> Step:
    """Define the step from raw tables to prepared rows, those without an outcome among them."""
    arguments = _use_case(configuration) | _arguments(configuration.preparation) | _machine(configuration)
    arguments |= {"--purpose": ("scoring",)}
    return Step("prepare", "src/prepare.py", arguments, {"--data": "raw"}, {"--output": "prepared"})


def score(processes: int, origin: Mapping[str, str]) -> Step:
    """Define the step from prepared rows to scores; `origin` names by option where they come from."""
    arguments = {"--processes": (str(processes),)} | {option: (text,) for option, text in origin.items() if text}
    inputs = {"--data": "prepared", "--model": SCORING_MODEL}
    return Step("score", "src/batch_score.py", arguments, inputs, {"--output": "scores"})


def score_on_spark(origin: Mapping[str, str]) -> Step:
    """Define the same step for Spark, which has processes of its own."""
    step = score(1, origin)
    arguments = {option: words for option, words in step.arguments.items() if option != "--processes"}
    return replace(step, script="src/spark_score.py", arguments=arguments)


def describe_window(configuration: Configuration) -> Step:
    """Define the step that describes raw tables as the reference of a model was."""
    inputs = {"--raw": "raw", "--model": SCORING_MODEL, "--reference": REFERENCE}
    arguments = describe(configuration) | {"--slices": tuple(configuration.evaluation["slices"])}
    return Step(WINDOW, "src/profile_data.py", arguments, inputs, {"--output": "profile"})


def describe(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    """Return the arguments of the script that describes rows for monitoring."""
    return _use_case(configuration) | _arguments(configuration.preparation) | _machine(configuration)


def _validate(configuration: Configuration, data: str, tables: Mapping[str, str]) -> Step:
    given = {"--tables": tuple(f"{name}={files}" for name, files in tables.items())}
    given |= {"--share": (str(configuration.data.share),)}
    arguments = _use_case(configuration) | given | _machine(configuration)
    files = f"{PROJECT}/great_expectations.yml", f"{PROJECT}/expectations/{configuration.use_case}"
    name = f"validate-{data}"
    return Step(name, VALIDATION, arguments, {"--data": data}, {"--output": name}, files)


def _arguments(section: BaseModel) -> dict[str, tuple[str, ...]]:
    """Turn each key of the section into an option: `least_rows: 15` becomes `--least-rows 15`."""
    return {f"--{key.replace('_', '-')}": _words(value) for key, value in section.model_dump().items()}


def _split(configuration: Configuration, hold_out: str) -> dict[str, tuple[str, ...]]:
    """Turn the section split into options, without those that change nothing: so the step's outputs are reused."""
    split = configuration.split
    arguments: dict[str, tuple[str, ...]] = {"--split-by": (split["by"],), "--test": (split["test"],)}
    if hold_out == "selection":
        arguments |= {"--selection": (split["selection"],), "--hold-out": (hold_out,)}
    return arguments if split["by"] == "time" else arguments | _seed(configuration)


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _use_case(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    return {USE_CASE: (configuration.use_case,)}


def _seed(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    return {"--seed": (str(configuration.seed),)}


def _threads(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    return {"--threads": (str(configuration.threads),)}


def _machine(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    return _threads(configuration) | {"--memory-mb": (str(configuration.memory_mb),)}
