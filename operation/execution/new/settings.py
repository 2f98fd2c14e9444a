"""Write `configuration/use_cases/NAME.yaml`: values by the size of the data, and floors from a constant baseline."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import Template

from operation.execution.new.asked import Plan
from operation.execution.new.profile import Column, round_digits

SMALL, LARGE = 2_000, 50_000  # rows
DIGITS = 3  # of a bound
RARE, RARE_SHARE = 50, 0.1  # an outcome of fewer rows and a smaller share: larger trees learn it by heart
MOST_OF_ONE = 0.8  # of the rows with the same amount: the others decide its mean
FEW_PER_CLASS, FEW_CLASSES = 100, 3  # rows on average, of more classes than that: likewise
RARE_PER_LEAF = 25  # of all rows, one in so many must be in a leaf then
ROWS_PER_LEAF = 100  # of all rows, one in so many must be in a leaf; at least 5, at most 20

FILE = Template("""\
# The use case in src/$name: names and values for people to change. They override those of configuration.yaml; a
# file in environments/ overrides both, and `--set section.key=value` all of them for one command.

experiment: $name
model: $name

data:
  source: $source
  tables: $tables
  share: 1                       # of all $rows_are that there were; scales the suites' bounds of rows
  known_defects: []

split:
  by: $by
  test: 20 %
  selection: 20 %                # of the rest: what a sweep compares on

$preparation

training:                        # arguments of src/train.py
  model: lightgbm
  trees: $trees
  leaves: $leaves
  learning_rate: 0.05
  min_rows_per_leaf: $fewest
  onnx_tolerance: 0.00001
  onnx_check_rows: 10000

evaluation:                      # arguments of src/evaluate.py
  resamples: 1000
  resample_by: $together
  slices: $slices

gate:                            # bounds are those of a constant answer: raise them once a model is there
  metric: $metric
  confidence: 0.95
  least_gain: $least_gain
  largest_gain: $largest_gain
  at_least:$at_least
  at_most:$at_most
  too_good:$too_good
  not_worse:$not_worse
  slices:
    least_rows: $least_rows
    not_worse: $in_slices

sweep:
  search: random
  trials: 8
  parameters:
    trees: [$half, $trees, $double]
    leaves: $tried_leaves
    learning_rate: [0.03, 0.05, 0.1]
    min_rows_per_leaf: [$fewest, $most_rows_per_leaf]

card:                            # what the model card says that no data can
  owner: ""                      # who answers for the model: a team, a mailbox
  intended_use: ""               # which decision it supports, and whose

limits:                          # every model card says that the model is not for this
$limits""")


@dataclass(frozen=True)
class Gate:
    """The values of the gate that depend on the task: bounds by metric, and how much of the metric compared is much."""

    metric: str
    least_gain: float
    largest_gain: float
    at_least: Mapping[str, float]
    at_most: Mapping[str, float]
    too_good: Mapping[str, float]
    not_worse: Mapping[str, float]
    in_slices: float


def gate(plan: Plan, target: Column, rows: int) -> Gate:
    """Return bounds that any model has to meet: those of an answer that is always the same."""
    if plan.task == "binary":
        share = dict(target.top)[plan.positive] / target.filled
        too_good = {"roc_auc": 0.999} if rows > SMALL else {}
        return Gate(
            "roc_auc",
            0.0005,
            0.25,
            {"roc_auc": 0.55, "average_precision": _down(share)},
            {"log_loss": _up(_entropy([share, 1 - share]))},
            too_good,
            {"log_loss": 0.02},
            0.05,
        )
    if plan.task == "multiclass":
        shares = [count / target.filled for _, count in target.top]
        return Gate(
            "log_loss",
            0.0005,
            round(_entropy(shares), 3),
            {"accuracy": _down(max(shares))},
            {"log_loss": _up(_entropy(shares))},
            {},
            {"accuracy": 0.02},
            0.1,
        )
    spread = target.deviation
    at_least, at_most = {"r2": 0.0}, {"rmse": _up(spread)}
    if is_heavy(target):  # squares would ask for nothing but the few largest values
        at_least, at_most = {}, {"mae": _up(spread)}
    return Gate(
        "mae",
        _up(spread / 1000),
        _up(spread / 2),
        at_least,
        at_most,
        {"r2": 0.999},
        {"rmse": _up(spread / 20)},
        _up(spread / 10),
    )


def configuration(plan: Plan, target: Column, rows: int) -> str:
    """Return the file."""
    trees, leaves = 100, 15 if rows < SMALL else 31 if rows < LARGE else 63
    fewest = max(5, min(20, rows // ROWS_PER_LEAF))
    if small_trees(plan, target):
        trees, leaves = 40, 4
        fewest = max(fewest, rows // RARE_PER_LEAF) if plan.task == "binary" else fewest
    bounds = gate(plan, target, rows)
    return FILE.substitute(
        name=plan.name,
        source=text(plan.source),
        tables=flow(list(plan.raw)),
        rows_are=plan.rows_are,
        by="time" if plan.time else "group" if plan.group else "random",
        preparation=_preparation(plan),
        trees=trees,
        half=trees // 2,
        double=2 * trees,
        leaves=leaves,
        tried_leaves=sorted({leaves, 7, 2 * leaves + 1}),
        fewest=fewest,
        most_rows_per_leaf=4 * fewest,
        together=text(plan.together),
        slices=flow(plan.slices),
        metric=bounds.metric,
        least_gain=_plain(bounds.least_gain),
        largest_gain=_plain(bounds.largest_gain),
        at_least=_bounds(bounds.at_least),
        at_most=_bounds(bounds.at_most),
        too_good=_bounds(bounds.too_good),
        not_worse=_bounds(bounds.not_worse),
        least_rows=max(30, min(1000, rows // 20)),
        in_slices=_plain(bounds.in_slices),
        limits="".join(f"  - {text(limit)}\n" for limit in limits(plan)),
    )


def is_heavy(target: Column) -> bool:
    """Whether few amounts decide the mean: they lie far beyond 98 % of all, or most are the same, such as nothing."""
    beyond = target.deviation > target.quantiles[-1] - target.quantiles[0] if target.quantiles else False
    return beyond or target.top[0][1] >= MOST_OF_ONE * target.filled


def small_trees(plan: Plan, target: Column) -> str:
    """Say why trees of the usual size would learn the rows by heart; "" if they would not."""
    if plan.task == "multiclass":
        few = target.filled < FEW_PER_CLASS * target.distinct and target.distinct > FEW_CLASSES
        return f"{target.filled // target.distinct} rows for each class are few" if few else ""
    event = dict(target.top).get(plan.positive, 0)
    fewer = min(event, target.filled - event)
    few = plan.task == "binary" and fewer < RARE and fewer < RARE_SHARE * target.filled
    return f"{fewer} rows of the rarer outcome are few" if few else ""


def _preparation(plan: Plan) -> str:
    declared = f"arguments that {plan.name}/use_case.py declares"
    if not plan.argument:
        return f"preparation: {{}}                  # {declared}"
    return f"preparation:                     # {declared}\n  positive: {text(plan.argument)}"


def limits(plan: Plan) -> list[str]:
    """Return what is true of any first model."""
    return [
        f"Trained on {plan.rows_are} of one source; others are unknown to it.",
        "Nobody has checked yet that every feature is known when the prediction is made.",
        "It finds what goes together, not what causes what.",
        "It must not be the only ground of a decision about a person.",
    ]


def text(value: str) -> str:
    """Write a string of YAML; in quotes, unless it is a plain sentence or path."""
    plain = value and all(each.isalnum() or each in " _-./" for each in value) and value[0].isalpha()
    plain = (
        plain
        and not value.endswith(" ")
        and value.casefold() not in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
    )
    return value if plain else json.dumps(value, ensure_ascii=False)


def flow(values: Sequence[str]) -> str:
    """Write a list on one line."""
    return "[" + ", ".join(text(value) if "," not in value else json.dumps(value) for value in values) + "]"


def _bounds(values: Mapping[str, float]) -> str:
    return "".join(f"\n    {name}: {_plain(value)}" for name, value in values.items()) or " {}"


def _plain(value: float) -> str:
    """Write a number without an exponent, which YAML 1.1 would read as text where it has no point."""
    written = format(Decimal(repr(float(value))), "f")
    return written if "." in written else f"{written}.0"


def _entropy(shares: Sequence[float]) -> float:
    return -sum(share * math.log(share) for share in shares if share > 0)


def _up(value: float) -> float:
    return round_digits(value, math.ceil, DIGITS)


def _down(value: float) -> float:
    return round_digits(value, math.floor, DIGITS)
