"""A toy table: a number `size`, categories `colour` and, of integers, `code`, a target of each task, and models."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.features import Kind, encode, fit_features, to_json
from learning.files import write_json
from learning.fitting import FittedModel, Settings, TrainingRows
from learning.models import MODELS
from learning.outcomes import find_classes, read_outcomes

Columns = dict[str, NDArray[Any]]
Fit = Callable[..., FittedModel]
ROWS = 3000
KINDS: dict[str, Kind] = {"size": "number", "colour": "category", "code": "category"}
CHANCES = {"red": 0.6, "green": 0.3, "blue": 0.1, None: 0.2}  # of being good, for a thing of middling size
TARGETS = {"binary": "good", "multiclass": "grade", "regression": "price"}


@pytest.fixture(scope="session")
def columns() -> Columns:
    """Some sizes and colours are missing; a larger thing is good more often, and a red one, and costs more."""
    generator = np.random.default_rng(3)
    size = generator.normal(size=ROWS)
    colour = generator.choice(np.array([*CHANCES], dtype=object), ROWS)
    chance = np.array([CHANCES[each] for each in colour]) + 0.2 * np.sign(size) * (abs(size) > 0.5)
    good = generator.random(ROWS) < chance
    level = np.digitize(chance + generator.normal(size=ROWS) / 5, [0.1, 0.4])
    grade = np.array(["bad", "fair", "good"], dtype=object)[level]
    price = 1_000_000 + 100 * chance + 30 * size + generator.normal(size=ROWS)
    size[::50] = np.nan
    code = np.where(np.arange(ROWS) % 7, generator.integers(1, 13, ROWS), np.nan)  # integers beside nulls
    return {"size": size, "colour": colour, "code": code, "good": good.astype(np.int8), "grade": grade, "price": price}


def rows_of(columns: Columns, task: str) -> TrainingRows:
    """The table as models learn from it."""
    features, target = fit_features(columns, KINDS), TARGETS[task]
    classes = find_classes(task, columns[target])
    outcomes = read_outcomes(task, columns[target], classes, target, Path("toy.parquet"))
    return TrainingRows(encode(columns, features), outcomes, features, target, task, classes)


@pytest.fixture(scope="session")
def tables(columns: Columns) -> dict[str, TrainingRows]:
    """The toy table for each task."""
    return {task: rows_of(columns, task) for task in TARGETS}


@pytest.fixture(scope="session")
def rows(tables: dict[str, TrainingRows]) -> TrainingRows:
    """The toy table for the binary task."""
    return tables["binary"]


@pytest.fixture(scope="session")
def settings() -> Settings:
    """A small model."""
    return Settings(seed=1, trees=20, leaves=15, learning_rate=0.1, min_rows_per_leaf=20, threads=1)


@pytest.fixture(scope="session")
def fit(tables: dict[str, TrainingRows], settings: Settings) -> Fit:
    """Train a model of a name and a task, with some settings changed: once, for all tests that want the same."""

    @cache
    def fit_once(name: str, task: str, **changed: Any) -> FittedModel:
        return MODELS[name](tables[task], replace(settings, **changed))

    return fit_once


@pytest.fixture(scope="session")
def folders(tables: dict[str, TrainingRows], fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a model of each task, as train.py writes it."""
    written = {}
    for task, rows in tables.items():
        folder = written[task] = tmp_path_factory.mktemp(task)
        fitted = fit("lightgbm", task)
        (folder / "model.txt").write_text(fitted.native, encoding="utf-8")
        (folder / "model.onnx").write_bytes(fitted.onnx)
        write_json(folder / "features.json", to_json(rows.features, ["size"], task, rows.classes))
    return written


@pytest.fixture(scope="session")
def model(folders: dict[str, Path]) -> Path:
    """The folder of the binary model."""
    return folders["binary"]
