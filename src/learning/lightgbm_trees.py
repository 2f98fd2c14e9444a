"""Gradient-boosted trees of LightGBM."""

import re
import sys
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import Matrix
from learning.files import first_line
from learning.fitting import FittedModel, Scale, Scores, Settings, TrainingRows, split_validation
from learning.onnx_graphs import INPUT_NAME, finish_classes, finish_event, finish_number, round_down
from learning.tasks import BINARY, MULTICLASS, REGRESSION

# LightGBM can do without them: it imports them for classes in their style and for their frames. Nothing here uses
# either, and they take more than twice as long to import as LightGBM itself.
OPTIONAL = ("sklearn", "pandas")
ZERO = np.float32(1e-35)  # LightGBM takes numbers up to this size for zero, and splits beside it


def fit_lightgbm(rows: TrainingRows, settings: Settings) -> FittedModel:
    """Gradient-boosted trees. Categories go in as ordered codes: set splits make the ONNX model 3 times as slow.

    `model.txt` of a regression is of the standardized target.
    """
    scale = Scale.of(rows)
    booster = _train(rows, settings, scale)

    def predict(matrix: Matrix) -> Scores:
        return scale.stretch(np.asarray(booster.predict(matrix, num_threads=settings.threads), dtype=np.float64))

    native = booster.model_to_string()
    onnx = _to_onnx(_round_thresholds(native), rows, scale)
    facts = {"trees": booster.best_iteration} if settings.early_stopping_rounds else {}
    return FittedModel(_without_threads(native), onnx, predict, _collect_thresholds(native), facts)


def _train(rows: TrainingRows, settings: Settings, scale: Scale) -> Any:
    """Return the booster; raises InputError for what LightGBM refuses."""
    lightgbm = import_lightgbm()
    learned, watched = split_validation(rows, settings)
    data = lightgbm.Dataset(learned.matrix, scale.shrink(learned), feature_name=list(map(_quote, rows.names)))
    watching: dict[str, Any] = {}
    if watched:
        stop = lightgbm.early_stopping(settings.early_stopping_rounds, verbose=False)
        valid = lightgbm.Dataset(watched.matrix, scale.shrink(watched), reference=data)
        watching = {"valid_sets": [valid], "callbacks": [stop]}
    try:
        return lightgbm.train(_parameters(rows, settings), data, num_boost_round=settings.trees, **watching)
    except (lightgbm.basic.LightGBMError, ValueError) as error:
        raise InputError(f"LightGBM refuses these settings: {first_line(error)}") from error


def import_lightgbm() -> Any:
    """Import LightGBM without its optional companions, unless the process has them already.

    Its `LGBMClassifier` and the like then say that scikit-learn is missing: import that first where you want them.
    """
    hidden = [name for name in OPTIONAL if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: as if it were not installed
    try:
        import lightgbm
    finally:
        for name in hidden:
            del sys.modules[name]
    return lightgbm


def _parameters(rows: TrainingRows, settings: Settings) -> dict[str, Any]:
    objectives = {BINARY: {"objective": "binary"}, REGRESSION: {"objective": "regression"}}
    regularization: dict[str, Any] = {}
    if settings.feature_fraction < 1:
        regularization["feature_fraction"] = settings.feature_fraction
    if settings.bagging_fraction < 1:
        regularization |= {"bagging_fraction": settings.bagging_fraction, "bagging_freq": 1}
    if settings.l2:
        regularization["lambda_l2"] = settings.l2
    return {
        **objectives.get(rows.task, {"objective": "multiclass", "num_class": rows.width}),
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.min_rows_per_leaf,
        "num_threads": settings.threads,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,  # else LightGBM picks the faster layout by timing both, which is not deterministic
        "verbosity": -1,
        **regularization,
    }


def _quote(name: str) -> str:
    """Write a name so that LightGBM takes it, and no two are one: it refuses []{}":, and a space becomes _."""
    return quote(name, safe="")


def _without_threads(native: str) -> str:
    """The same model has the same bytes, however many cores the machine had that fitted it."""
    return re.sub(r"^\[num_threads: \d+\]\n", "", native, flags=re.MULTILINE)


def _round_thresholds(native: str) -> str:
    """Round each threshold down to a float32, which keeps the side of every float32 input."""
    rounded = (
        f"threshold={' '.join(map(repr, _round_down(_values(line)).tolist()))}"
        if line.startswith("threshold=")
        else line
        for line in native.split("\n")
        if not line.startswith("tree_sizes=")  # of the text as it was; without it LightGBM finds the trees by itself
    )
    return "\n".join(rounded)


def _round_down(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round down, and once more where LightGBM takes the float32 -1e-35 for a zero, which is above that threshold."""
    rounded = round_down(values).astype(np.float32)
    at_zero = rounded == -ZERO
    return np.where(at_zero, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float64)


def _collect_thresholds(native: str) -> dict[int, NDArray[np.float64]]:
    """Collect the thresholds of all trees by the number of the feature."""
    lines = native.split("\n")
    features = [_values(line).astype(int) for line in lines if line.startswith("split_feature=")]
    thresholds = [_values(line) for line in lines if line.startswith("threshold=")]
    if not thresholds:
        return {}
    feature, threshold = np.concatenate(features), np.concatenate(thresholds)
    return {int(number): np.unique(threshold[feature == number]) for number in np.unique(feature)}


def _values(line: str) -> NDArray[np.float64]:
    return np.array(line.partition("=")[2].split(), dtype=np.float64)


def _to_onnx(native: str, rows: TrainingRows, scale: Scale) -> bytes:
    lightgbm = import_lightgbm()
    from onnxmltools.convert.common.data_types import FloatTensorType
    from onnxmltools.convert.lightgbm.convert import convert

    input_type = FloatTensorType([None, len(rows.features)])
    booster = lightgbm.Booster(model_str=native)
    model = convert(booster, name=rows.event, initial_types=[(INPUT_NAME, input_type)], zipmap=False)
    if rows.task == REGRESSION:
        return finish_number(model, "variable", scale)
    return finish_classes(model) if rows.task == MULTICLASS else finish_event(model, rows.event)
