"""A toy table of three columns, a number `size`, a category `colour` and the target `good`, and a model of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.features import Kind, encode, fit_features, to_json
from learning.files import write_json
from learning.models import MODELS, Settings, TrainingRows

Columns = dict[str, NDArray[Any]]
ROWS = 3000
KINDS: dict[str, Kind] = {"size": "number", "colour": "category"}
CHANCES = {"red": 0.6, "green": 0.3, "blue": 0.1, None: 0.2}  # of being good, for a thing of middling size


@pytest.fixture(scope="session")
def columns() -> Columns:
    """Some sizes and colours are missing; a larger thing is good more often, and a red one."""
    generator = np.random.default_rng(3)
    size = generator.normal(size=ROWS)
    colour = generator.choice(np.array([*CHANCES], dtype=object), ROWS)
    good = generator.random(ROWS) < [CHANCES[each] for each in colour] + 0.2 * np.sign(size) * (abs(size) > 0.5)
    size[::50] = np.nan
    return {"size": size, "colour": colour, "good": good.astype(np.int8)}


@pytest.fixture(scope="session")
def rows(columns: Columns) -> TrainingRows:
    """The toy table as models learn from it."""
    features = fit_features(columns, KINDS)
    return TrainingRows(encode(columns, features), columns["good"], features, "good")


@pytest.fixture(scope="session")
def settings() -> Settings:
    """A small model."""
    return Settings(seed=1, trees=20, leaves=15, learning_rate=0.1, min_rows_per_leaf=20, threads=1)


@pytest.fixture(scope="session")
def model(rows: TrainingRows, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model, as train.py writes it."""
    folder = tmp_path_factory.mktemp("model")
    fitted = MODELS["lightgbm"](rows, settings)
    (folder / "model.txt").write_text(fitted.native, encoding="utf-8")
    (folder / "model.onnx").write_bytes(fitted.onnx)
    write_json(folder / "features.json", to_json(rows.features))
    return folder
