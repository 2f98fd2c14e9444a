"""Golden rows: some test rows with the scores that evaluation gave them, kept with the model.

Whoever is about to serve a copy of the model scores them again: another score means another model, another encoder or
another machine's arithmetic, none of which may answer requests.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import Columns, Feature, Matrix
from learning.files import read_json
from learning.scoring import Scorer, Scores

FILE = "golden_rows.json"
TOLERANCE = 1e-6  # of a score, relative to it where it is larger than 1


def choose(columns: Columns, features: Sequence[Feature], matrix: Matrix, scores: Scores, count: int) -> dict[str, Any]:
    """Return the document of FILE: `count` rows spread evenly over all, or as many as there are, with their scores.

    Each row is what a request would say, one value for each feature, null where it is missing. `matrix` is the model's
    input: a row that is infinite there is left out, as no request can say that.
    """
    valid = np.flatnonzero(~np.isinf(matrix).any(axis=1))
    places = valid[np.unique(np.linspace(0, len(valid) - 1, count).round().astype(int))] if len(valid) else []
    rows = [{feature.name: _plain(columns[feature.name][place]) for feature in features} for place in places]
    return {"rows": rows, "scores": [scores[place].tolist() for place in places]}


def _plain(value: Any) -> Any:
    """Return the value as JSON knows it; NaN is null."""
    value = value.item() if isinstance(value, np.generic) else value
    if value != value:
        return None
    return value if isinstance(value, str | bool | int | float | None) else str(value)


def check(folder: Path) -> int:
    """Score the golden rows of the model in the folder, and return how many there are.

    Raises:
        InputError: the model or its golden rows cannot be read, or a score is not the one that is written there.
    """
    scorer, document = Scorer.load(folder), read_json(folder / FILE)
    rows, expected = _read(folder, document, scorer.columns)
    found = scorer.predict({name: [row[name] for row in rows] for name in scorer.columns})
    if found.shape != expected.shape:
        raise InputError(f"{folder / FILE} is of another model: scores of shape {expected.shape}, not {found.shape}")
    wrong = np.abs(found - expected) > TOLERANCE * np.maximum(1, np.abs(expected))
    if (wrong | np.isnan(found)).any():
        place = int(np.argwhere(wrong | np.isnan(found))[0][0])
        raise InputError(
            f"{folder}: golden row {place} scores {found[place].tolist()}, and {expected[place].tolist()} when it was "
            "evaluated: this is not the model that was registered, or not its features"
        )
    return len(rows)


def _read(folder: Path, document: Any, columns: Sequence[str]) -> tuple[list[dict[str, Any]], NDArray[Any]]:
    """Return the rows and their scores; raises InputError unless each row has exactly the columns."""
    try:
        rows, expected = list(document["rows"]), np.array(document["scores"], dtype=np.float64)
        fitting = bool(rows) and len(rows) == len(expected) and all(row.keys() == {*columns} for row in rows)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder / FILE} is not what evaluate.py writes ({error!r}): evaluate again") from error
    if not fitting:
        raise InputError(f"{folder / FILE} must have rows with exactly the model's features, and a score for each")
    return rows, expected
