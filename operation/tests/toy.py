"""A second use case: things of three columns, in a copy of the repository."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

ROWS = 3000
SCHEMA = '''"""Things: one table, two features."""

RAW_COLUMNS = {"things": ("thing", "size", "colour", "good")}
OUTCOME_COLUMNS = {"things": ("good",)}
KEYS = ("thing",)
TARGET = "good"
FEATURES = {"size": "number", "colour": "category"}
'''
USE_CASE = '''"""Which things are good."""

from toy.schema import FEATURES, KEYS, OUTCOME_COLUMNS, RAW_COLUMNS, TARGET

TASK = "binary"
EVENT = "good"
ROWS = "things"
SLICED_BY = ["colour"]
TIME = ""
GROUP = ""
TOGETHER = ""
PREDICTED_AT = "before anybody has looked at the thing"

__all__ = ["FEATURES", "KEYS", "OUTCOME_COLUMNS", "RAW_COLUMNS", "TARGET"]


def add_preparation(add):
    """Declare which things are left out."""
    add("--least-size", type=float, default=-9.0, help="smaller things are left out")
'''
DATA = '''"""Prepare things."""

from dataclasses import asdict, dataclass

ORDER = "thing"


@dataclass(frozen=True)
class Rules:
    """Which things are left out."""

    least_size: float


def prepare(connection, rules):
    """Make the table `prepared`."""
    query = "SELECT thing, size, colour, good::TINYINT AS good FROM things WHERE size >= $least_size"
    connection.execute(f"CREATE TABLE prepared AS {query}", asdict(rules))
    return {"used": connection.table("prepared").aggregate("count(good)").fetchall()[0][0]}


def summary(counts):
    """Say in a line what was left out."""
    return f"of {counts['used']:,} things"
'''
CONFIGURATION = """
experiment: toys
model: toy
data: {{source: "{source}", tables: [things], share: 1, known_defects: []}}
split: {{by: random, test: 25 %, selection: 20 %}}
preparation: {{least_size: -9.0}}
training:
  {{model: lightgbm, trees: 20, leaves: 7, learning_rate: 0.1, min_rows_per_leaf: 20, onnx_tolerance: 0.00001,
   onnx_check_rows: 1000}}
evaluation: {{resamples: 50, resample_by: "", slices: [colour]}}
gate:
  metric: roc_auc
  confidence: 0.95
  least_gain: 0.0005
  largest_gain: 0.5
  at_least: {{roc_auc: 0.6}}
  at_most: {{}}
  too_good: {{}}
  not_worse: {{}}
  slices: {{least_rows: 100, not_worse: 0.5}}
sweep: {{search: grid, trials: 1, parameters: {{trees: [20]}}}}
limits: [It knows things alone.]
"""
SUITES = {
    "things": [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "good"}}],
    "features": [{"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "good", "value_set": [0, 1]}}],
}


def add_toy(repository: Path, source: Path) -> None:
    """Write the use case into a copy of the repository, and its table into the new folder `source`."""
    package = repository / "src" / "toy"
    package.mkdir()
    for name, text in {"__init__": '"""Toys."""\n', "schema": SCHEMA, "use_case": USE_CASE, "data": DATA}.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    values = CONFIGURATION.format(source=source.as_posix())
    (repository / "configuration" / "use_cases" / "toy.yaml").write_text(values, encoding="utf-8")
    suites = repository / "operation" / "tests" / "data_validation" / "great_expectations" / "expectations" / "toy"
    suites.mkdir()
    for table, expectations in SUITES.items():
        (suites / f"{table}.json").write_text(json.dumps({"expectations": expectations}), encoding="utf-8")
    write_things(source)


def write_things(source: Path) -> None:
    """Write a table of things: a larger one is good more often, and a red one."""
    generator = np.random.default_rng(3)
    size, colour = generator.normal(size=ROWS), generator.choice(["red", "green"], ROWS)
    good = generator.random(ROWS) < 0.4 + 0.3 * np.sign(size) * (colour == "red") + 0.1 * (colour == "red")
    source.mkdir(parents=True)
    things = {"thing": np.arange(ROWS), "size": size, "colour": colour, "good": good.astype(np.int64)}
    pa.parquet.write_table(pa.table(things), source / "things.parquet")
