"""Score a registered model through MLflow: the module that the file `MLmodel` of every version names.

Nothing of the project imports it. `mlflow.pyfunc.load_model` and `mlflow models serve` do, from the copy of
`learning` that is registered with the model.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from learning.errors import InputError
from learning.features import Feature, encode
from learning.files import HASHES, read_json, require_undamaged
from learning.scoring import Scorer, Scores
from learning.tasks import MULTICLASS, TASKS

DataFrame = Any  # of pandas, which no job needs: what `src/` imports is what the environment of every job installs


class Model:
    """What MLflow calls a python function: from a DataFrame with the model's features to one with the scores."""

    def __init__(self, scorer: Scorer) -> None:
        """Keep the loaded model."""
        self._scorer = scorer

    def predict(self, rows: DataFrame, params: Any = None) -> DataFrame:
        """Return a row for each of `rows`, with its index.

        * binary: the column `probability`, of the event;
        * multiclass: `prediction`, the likeliest class, and `probability_CLASS` for each;
        * regression: `prediction`.

        Raises:
            InputError: `params` are given, or a feature is missing or has a value of another kind, or an infinite one.
        """
        if params:
            raise InputError(f"params are not supported, and {', '.join(params)} was given")
        features = self._scorer.features
        with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite
            matrix = encode({feature.name: _values(rows, feature) for feature in features}, features)
        if np.isinf(matrix).any():
            wrong = features[int(np.isinf(matrix).any(axis=0).argmax())].name
            raise InputError(f"column {wrong} must hold numbers that float32 holds, or none, in every row")
        return self._as_frame(self._scorer.score(matrix), rows)

    def _as_frame(self, scores: Scores, rows: DataFrame) -> DataFrame:
        frame = import_module("pandas").DataFrame
        if self._scorer.task != MULTICLASS:
            return frame({TASKS[self._scorer.task].output: scores}, index=rows.index)
        classes = self._scorer.classes
        likeliest = [classes[number] for number in scores.argmax(axis=1)] if len(rows) else []
        each = {f"probability_{name}": scores[:, number] for number, name in enumerate(classes)}
        return frame({"prediction": likeliest, **each}, index=rows.index)


def _load_pyfunc(path: str) -> Model:
    """Load the model from the folder of a registered version; MLflow looks for this name.

    Raises:
        InputError: a file of the version, its code among them, is not what was registered.
    """
    folder = Path(path)
    if (folder / HASHES).is_file():
        require_undamaged(folder, [*map(str, read_json(folder / HASHES))])
    return Model(Scorer.load(folder))


def _values(rows: DataFrame, feature: Feature) -> list[Any]:
    """List the values of a column, with None for every kind of missing one; NumPy would read text as a number."""
    if feature.name not in rows:
        raise InputError(f"column {feature.name} is missing, and the model needs it")
    column = rows[feature.name]
    values: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    if feature.kind == "number" and (wrong := next((one for one in values if isinstance(one, str)), None)) is not None:
        raise InputError(f"column {feature.name} must hold a number in every row, not {wrong!r}")
    return values
