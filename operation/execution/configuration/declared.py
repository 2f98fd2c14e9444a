"""The configuration as the core scripts declare it: a key for each parameter, with its type, bounds and choices."""

import ast
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, create_model

from operation.execution.configuration.script_parameters import Metric, Parameter, metrics_of, parameters_of, task_of
from operation.execution.configuration.section import MOST, Section, Tolerance
from operation.execution.configuration.sections import (
    ROOT,
    Card,
    Configuration,
    Gate,
    Parameters,
    distinct,
)
from operation.execution.configuration.source_code import USE_CASE_FILE, Module

Model = TypeVar("Model", bound=Section)
Bound = Annotated[float, Field(allow_inf_nan=False)]  # NaN would be a bound that nothing passes
SOURCE = ROOT / "src"
SECTIONS = {"preparation": "prepare", "training": "train", "evaluation": "evaluate"}  # a script each
# Keys of no section, for several steps: each with one script that declares it.
SHARED = {"use_case": "prepare", "seed": "train", "threads": "train", "memory_mb": "prepare"}
GATE = ("metric", "confidence")  # parameters of evaluate.py that stand in the section gate
OF_COLUMNS = ("slices", "resample_by", "fairness")  # parameters of evaluate.py that name prepared columns
COSTS = ("false_alarm_cost", "missed_cost")  # parameters of evaluate.py, of the task binary alone
SPLIT = {"by": "split_by", "test": "test", "selection": "selection"}  # keys of the section split: of prepare.py, too
DECIDED = ("hold_out", "outputs", "purpose")  # parameters that the verb decides, and not the configuration
BOUNDS = {"at_least": "ge", "above": "gt", "below": "lt", "at_most": "le"}  # ours and pydantic's


@cache
def configuration_model(use_case: str, source: Path = SOURCE) -> type[Configuration]:
    """Build the model for the scripts in `source`, as they serve the use case, which declares its preparation.

    It is kept, so a later change of a script shows in a new process only.

    Raises:
        OperationError: a script or the use case cannot be read.
    """
    declared = {script: parameters(source, script, use_case) for script in SECTIONS.values()}
    sections = {section: _section(section, declared[script]) for section, script in SECTIONS.items()}
    shared = {name: _type(declared[script][name]) for name, script in SHARED.items()}
    split = _model("Split", Parameters, {key: _rule(declared["prepare"][name]) for key, name in SPLIT.items()})
    metrics = metrics_of(source)
    metric = _metric(use_case, task_of(source, use_case), metrics)
    gate = _gate(metric, _type(declared["evaluate"]["confidence"]), metrics)
    known = AfterValidator(partial(_known_columns, prepared_columns(use_case, source)))
    by_columns = {key: Annotated[_type(declared["evaluate"][key]), known] for key in OF_COLUMNS}
    sections["evaluation"] = _model("Evaluation", sections["evaluation"], by_columns | _costs(use_case, source))
    units = Annotated[dict[str, str], AfterValidator(partial(_of_known, prepared_columns(use_case, source)))]
    card = _model("Card", Card, {"units": units})
    return _model("Configuration", Configuration, {**shared, **sections, "split": split, "gate": gate, "card": card})


@cache
def higher_is_better(metric: str, source: Path = SOURCE) -> bool:
    """Say in which direction the metric is better, as the table of metrics does."""
    return metrics_of(source)[metric].higher_is_better


@cache
def range_of(metric: str) -> tuple[float, float]:
    """Give the lowest and the highest value that the metric can have, as the table does; of others all is possible."""
    known = metrics_of(SOURCE)
    return known[metric].range if metric in known else (-math.inf, math.inf)


@dataclass(frozen=True)
class Words:
    """The words of a use case: `event`, what is predicted, and `rows`, what the rows are, a plural noun."""

    event: str
    rows: str


@cache
def words_of(use_case: str, source: Path = SOURCE) -> Words:
    """Read the words of a use case; raises OperationError for one that cannot be read."""
    return Words(*map(str, _constants(use_case, source, "EVENT", "ROWS")))


@cache
def time_of(use_case: str, source: Path = SOURCE) -> str:
    """Read the column that dates the use case's rows, "" where none does; raises OperationError if unreadable."""
    return str(_constants(use_case, source, "TIME")[0])


@cache
def target_of(use_case: str, source: Path = SOURCE) -> str:
    """Read the column with the use case's outcome; raises OperationError if unreadable."""
    return str(_constants(use_case, source, "TARGET")[0])


@cache
def prepared_columns(use_case: str, source: Path = SOURCE) -> tuple[str, ...]:
    """Read the columns of prepared rows, as `prepared_columns` of learning/use_cases.py lists them.

    Raises:
        OperationError: a constant of the use case cannot be read.
    """
    keys, sliced_by, features = _constants(use_case, source, "KEYS", "SLICED_BY", "FEATURES")
    single = _constants(use_case, source, "TIME", "GROUP", "TOGETHER", "TARGET")
    return tuple(dict.fromkeys([*keys, *sliced_by, *features, *filter(None, single)]))


@cache
def needed_columns(use_case: str, source: Path = SOURCE) -> dict[str, tuple[str, ...]]:
    """Read which raw columns scoring needs, by table: those of which more is made than the outcome.

    Raises:
        OperationError: a constant of the use case cannot be read.
    """
    raw, outcome = _constants(use_case, source, "RAW_COLUMNS", "OUTCOME_COLUMNS")
    return {table: tuple(each for each in names if each not in outcome.get(table, ())) for table, names in raw.items()}


@cache
def feature_columns(use_case: str, source: Path = SOURCE) -> dict[str, str]:
    """Read the keys and features of prepared rows, and the kind of each, "" of a key; raises as `needed_columns`."""
    keys, features = _constants(use_case, source, "KEYS", "FEATURES")
    return {**dict.fromkeys(keys, ""), **features}


def _constants(use_case: str, source: Path, *names: str) -> list[Any]:
    module = Module(source / use_case / USE_CASE_FILE, source, use_case)
    return [module.literal(ast.Name(name)) for name in names]


def parameters(source: Path, script: str, use_case: str) -> dict[str, Parameter]:
    """Read a script's parameters by name, without the folders and files, which the chain of steps hands it."""
    return {each.name: each for each in parameters_of(source / f"{script}.py", use_case) if each.kind is not Path}


def in_section(declared: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Select those that stand in the section of the script, and not elsewhere in the configuration."""
    elsewhere = {*SHARED, *GATE, *SPLIT.values(), *DECIDED}
    return {name: each for name, each in declared.items() if name not in elsewhere}


def _section(name: str, declared: Mapping[str, Parameter]) -> type[Parameters]:
    return _model(name.title(), Parameters, {key: _type(each) for key, each in in_section(declared).items()})


def _metric(use_case: str, task: str, known: Mapping[str, Metric]) -> Any:
    """Return the type of a metric's name: one of the use case's task."""
    names = tuple(name for name, metric in known.items() if task in metric.tasks)

    def refuse(value: Any) -> Any:
        if isinstance(value, str) and value in known and value not in names:
            raise ValueError(f"no metric of the task {task}, which is that of {use_case}: {', '.join(names)} are")
        return value

    return Annotated[Literal[names], BeforeValidator(refuse)]


def _costs(use_case: str, source: Path) -> dict[str, Any]:
    """Return the types of the two costs, which are 0 for a task that has no alarms."""
    declared, task = parameters(source, "evaluate", use_case), task_of(source, use_case)

    def refuse(cost: float) -> float:
        if cost and task != "binary":
            raise ValueError(f"costs weigh the alarms of a binary model, and {use_case} is {task}: set it to 0")
        return cost

    return {name: Annotated[_type(declared[name]), AfterValidator(refuse)] for name in COSTS}


def _gate(metric: Any, confidence: Any, known: Mapping[str, Metric]) -> type[Gate]:
    """Make the section, whose bounds must leave values that pass all of them."""
    bounds = Annotated[dict[metric, Bound], AfterValidator(partial(_in_range, known))]
    floors = Annotated[bounds, AfterValidator(partial(_one_sided, known, True))]
    roofs = Annotated[bounds, AfterValidator(partial(_one_sided, known, False))]
    too_good = Annotated[bounds, AfterValidator(_beyond_bounds)]
    by_metric = {"at_least": floors, "at_most": roofs, "too_good": too_good, "not_worse": dict[metric, Tolerance]}
    return _model("Gate", Gate, {"metric": metric, "confidence": confidence, **by_metric})


def _in_range(known: Mapping[str, Metric], bounds: dict[str, float]) -> dict[str, float]:
    """Refuse a bound that the metric never reaches: every model would be on the same side of it."""
    for name, bound in bounds.items():
        lowest, highest = known[name].range
        if not lowest <= bound <= highest:
            nearest = lowest if bound < lowest else highest
            raise ValueError(f"{name} never gets {'below' if bound < lowest else 'above'} {nearest:g}")
    return bounds


def _one_sided(known: Mapping[str, Metric], wanted: bool, bounds: dict[str, float]) -> dict[str, float]:
    """Refuse a bound on the good side of a metric, which would keep the better models out."""
    better, key = ("lower", "at_most") if wanted else ("higher", "at_least")
    for name in bounds:
        if known[name].higher_is_better is not wanted:
            raise ValueError(f"a {better} {name} is better, so its bound belongs in gate.{key}")
    return bounds


def _beyond_bounds(too_good: dict[str, float], info: ValidationInfo) -> dict[str, float]:
    """Refuse what is too good although no worse value passes the other bounds; equal ones leave that very value."""
    for name, bound in too_good.items():
        floor, roof = (info.data.get(key, {}).get(name, bound) for key in ("at_least", "at_most"))
        if floor > bound:
            raise ValueError(f"no {name} could pass, as gate.at_least.{name} is {floor:.15g}")
        if roof < bound:
            raise ValueError(f"no {name} could pass, as gate.at_most.{name} is {roof:.15g}")
    return too_good


def _rule(parameter: Parameter) -> Any:
    """Return the type of a key of the section split; a rule of days or a share must be possible, too."""
    return Annotated[_type(parameter), AfterValidator(_possible)] if parameter.pattern else _type(parameter)


def _possible(rule: str) -> str:
    """Refuse days that no calendar has, spans that end before they begin, and 0 %, as learning/splitting.py does."""
    first, is_span, last = rule.partition(" to ")
    try:
        if is_span and date.fromisoformat(first) > date.fromisoformat(last):
            raise ValueError("it ends before it begins")
    except ValueError as error:
        raise ValueError(f"must be a span of days, and {error}") from error
    if rule.endswith("%") and not float(rule.removesuffix("%")):
        raise ValueError("must be above 0 %")
    return rule


def _known_columns(columns: Sequence[str], given: Any) -> Any:
    """Refuse a column, or a list with one, that prepared rows do not have; "" names none."""
    if isinstance(given, tuple):
        distinct(given)
    for name in filter(None, given if isinstance(given, tuple) else [given]):
        if name not in columns:
            near = get_close_matches(name, columns, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(columns)}"
            raise ValueError(f"prepared rows have no column {name}: {hint}")
    return given


def _of_known(columns: Sequence[str], given: dict[str, str]) -> dict[str, str]:
    """Refuse words for a column that prepared rows do not have."""
    _known_columns(columns, tuple(given))
    return given


def _type(parameter: Parameter) -> Any:
    """Return the type by which pydantic checks a value of the parameter."""
    bounds: dict[str, Any] = {BOUNDS[name]: bound for name, bound in parameter.bounds.items()}
    if parameter.kind is float:
        bounds["allow_inf_nan"] = False
    if parameter.kind is int:
        bounds = {"ge": -MOST, "le": MOST} | bounds
    kind: Any = Literal[parameter.choices] if parameter.choices else Annotated[parameter.kind, Field(**bounds)]
    if parameter.pattern:
        kind = Annotated[kind, AfterValidator(partial(_matching, parameter))]
    # YAML has lists only; the configuration is frozen, so they become tuples.
    return Annotated[tuple[kind, ...], Field(strict=False)] if parameter.several else kind


def _matching(parameter: Parameter, text: str) -> str:
    if not re.fullmatch(parameter.pattern, text):
        raise ValueError(f"must be {parameter.forms}")
    return text


def _model(name: str, base: type[Model], fields: Mapping[str, Any]) -> type[Model]:
    required: dict[str, Any] = {key: (kind, ...) for key, kind in fields.items()}
    return create_model(name, __base__=base, **required)
