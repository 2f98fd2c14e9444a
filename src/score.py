"""Serve the model: the contract of Azure ML's inference server, `init()` once and `run()` for each request.

A request is `{"data": [{"feature": 1400, "another": "UA", ...}, ...]}`, each record with exactly the model's features;
null means unknown. The answer has an entry for each record:

* binary: `{"probabilities": [0.21, ...]}`, of the event;
* multiclass: `{"predictions": ["red", ...], "probabilities": [{"blue": 0.1, "red": 0.9}, ...]}`;
* regression: `{"predictions": [312.5, ...]}`;

or is `{"error": "..."}` for a request that is wrong in any record: the server would turn an exception into its own
fault, HTTP 500.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from learning.errors import InputError
from learning.features import Feature
from learning.scoring import Scorer, Scores
from learning.tasks import MULTICLASS, REGRESSION

LARGEST_NUMBER = float(np.finfo(np.float32).max)  # the model's input is float32
WANTED = {"number": "a finite number", "text": "a string", "boolean": "true, false"}
_scorer: Scorer | None = None


def init() -> None:
    """Load the one model in or below the folder that AZUREML_MODEL_DIR names; raises InputError when there is none."""
    global _scorer
    folder = os.environ.get("AZUREML_MODEL_DIR")
    if not folder:
        raise InputError("AZUREML_MODEL_DIR is not set: it must name the folder of the model")
    found = sorted(Path(folder).rglob("model.onnx"))
    if len(found) != 1:
        raise InputError(f"AZUREML_MODEL_DIR must hold one model.onnx, and {folder} holds {len(found)}")
    _scorer = Scorer.load(found[0].parent)


def run(raw: str | bytes) -> dict[str, Any]:
    """Return the answer for every record, or what is wrong with the request."""
    if _scorer is None:
        raise RuntimeError("run() was called before init()")
    try:
        records = checked_records(raw, _scorer.features)
    except InputError as error:
        return {"error": str(error)}
    columns = {name: [record[name] for record in records] for name in _scorer.columns}
    return answer(_scorer, _scorer.predict(columns))


def answer(scorer: Scorer, scores: Scores) -> dict[str, Any]:
    """Return the answer that holds the scores of the records."""
    if scorer.task == REGRESSION:
        return {"predictions": scores.tolist()}
    if scorer.task != MULTICLASS:
        return {"probabilities": scores.tolist()}
    likeliest = [scorer.classes[number] for number in scores.argmax(axis=1)]
    return {
        "predictions": likeliest,
        "probabilities": [dict(zip(scorer.classes, row, strict=True)) for row in scores.tolist()],
    }


def checked_records(raw: str | bytes, features: tuple[Feature, ...]) -> list[dict[str, Any]]:
    """Return the records of a request; raises InputError that names the record, the feature and the valid ones."""
    try:
        request = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the request is not JSON: {error}") from error
    if not isinstance(request, dict) or request.keys() != {"data"} or not isinstance(request["data"], list):
        raise InputError('the request must be {"data": [{feature: value, ...}, ...]}')
    for number, record in enumerate(request["data"]):
        check_record(number, record, features)
    records: list[dict[str, Any]] = request["data"]
    return records


def check_record(number: int, record: Any, features: tuple[Feature, ...]) -> None:
    """Raise InputError unless the record holds exactly the features, each with a value of its kind."""
    if not isinstance(record, dict):
        raise InputError(f"data[{number}] must be an object with a value for each feature")
    names = {feature.name for feature in features}
    if record.keys() != names:
        wrong = [f"{name} is missing" for name in sorted(names - record.keys())]
        wrong += [f"{name} is unknown" for name in sorted(record.keys() - names)]
        raise InputError(f"data[{number}]: {', '.join(wrong)}; the features are {', '.join(sorted(names))}")
    for feature in features:
        if not fits(record[feature.name], feature):
            raise InputError(f"data[{number}]: {feature.name} must be {WANTED[wanted(feature)]} or null")


def wanted(feature: Feature) -> str:
    """Return the key of WANTED for the values of a feature."""
    return feature.kind if feature.kind == "number" else feature.values


def fits(value: Any, feature: Feature) -> bool:
    """Say whether the value is of the feature's kind. True is not a number, and NaN is allowed: it means unknown.

    A category may always be given as text; one that was a number or a boolean in training as that, too.
    """
    if value is None or (feature.kind == "category" and isinstance(value, str)):
        return True
    if wanted(feature) == "boolean":
        return isinstance(value, bool)
    return wanted(feature) == "number" and type(value) in (int, float) and not abs(value) > LARGEST_NUMBER
