"""How well each column alone predicts the target: what does so almost perfectly was learned from it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Codes = NDArray[np.int64]
Values = NDArray[np.float64]
MOST_BINS = 200
ROWS_PER_BIN = 20
TARGET = "__target"  # no name of a column
MOST_SUMMED = 2_000  # rows, by which a sum is found
MORE_ROWS = 20  # than columns, or any target would be a sum of them
EXACT = 1e-7  # of standard deviations


def strengths(frame: "pd.DataFrame", target: "pd.Series", task: str) -> dict[str, float]:
    """Return by column how well it ranks (binary), names (multiclass) or explains (regression) the target, from 0 to 1.

    Learned on one half of the rows and measured on the other, both ways, so that a column of many values has no
    advantage: the area under the ROC curve, the mean recall of the classes, and R².
    """
    wanted = target.to_numpy()
    order = np.random.default_rng(1).permutation(len(frame))
    halves = np.zeros(len(frame), dtype=bool)
    halves[order[: len(frame) // 2]] = True
    return {name: _strength(frame[name], wanted, task, halves) for name in frame.columns}


def same_values(frame: "pd.DataFrame", target: "pd.Series") -> set[str]:
    """Return the columns that are the target under another name: each value of one has exactly one of the other."""
    import pandas as pd

    wanted, _ = pd.factorize(target)
    found = set()
    for name in frame.columns:
        codes, values = pd.factorize(frame[name], use_na_sentinel=False)
        pairs = len(np.unique(codes * (wanted.max() + 2) + wanted))
        if pairs == len(values) == wanted.max() + 1 and len(values) < len(frame) / 2:
            found.add(name)
    return found


def sums(frame: "pd.DataFrame", target: "pd.Series") -> tuple[str, ...]:
    """Return the numbers of which the target is made: it is their sum or difference, or another exact one of weights.

    None of them may say much alone, as the two parts of a total.
    """
    numbers = frame.select_dtypes("number").astype(float).dropna(axis="columns", thresh=len(frame) // 2)
    both = numbers.assign(**{TARGET: target.astype(float)}).dropna()
    both = both.sample(min(len(both), MOST_SUMMED), random_state=1)
    centred = both - both.mean()
    scaled = (centred / centred.std().replace(0, 1)).to_numpy()
    columns, outcome = scaled[:, :-1], scaled[:, -1]
    if len(both) < MORE_ROWS + columns.shape[1] or not columns.shape[1] or not outcome.any():
        return ()
    weights = np.linalg.lstsq(columns, outcome, rcond=None)[0]
    if np.abs(columns @ weights - outcome).max() > EXACT:
        return ()
    return tuple(name for name, weight in zip(numbers.columns, weights, strict=True) if abs(weight) > EXACT)


def _strength(values: "pd.Series", target: NDArray[Any], task: str, halves: NDArray[np.bool_]) -> float:
    codes = _codes(values)
    measure = {"binary": _auc, "multiclass": _recall, "regression": _explained}[task]
    found = float(np.mean([measure(codes, target, part, ~part) for part in (halves, ~halves)]))
    if task == "regression":
        return max(found, _linear(values, target))
    return max(found, _ranked(values, target)) if task == "binary" else found


def _ranked(values: "pd.Series", target: NDArray[Any]) -> float:
    """Return the area under the ROC curve of a number as it is, in either direction; 0.5 for other columns.

    That needs no learning, so in few rows it sees more than bins do. Null counts as the lowest number.
    """
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return 0.5
    area = area_under_curve(values.astype(float).fillna(-np.inf).to_numpy(), target.astype(np.float64))
    return max(area, 1 - area)


def _linear(values: "pd.Series", target: NDArray[Any]) -> float:
    """Return R² of a straight line, or of one through the ranks; 0 for other columns.

    The line sees the target in another unit whatever its spread.
    """
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(values) or values.nunique() < 3:
        return 0.0
    both = pd.DataFrame({"value": values.astype(float), "target": target.astype(float)}).dropna()
    if both["value"].nunique() < 2 or both["target"].nunique() < 2:
        return 0.0
    ranks = both.rank()  # which see it under a logarithm, too
    return max(float(pair["value"].corr(pair["target"])) ** 2 for pair in (both, ranks))


def _codes(values: "pd.Series") -> Codes:
    """Number the values; numbers of many values by bins of equal counts. Null has a code of its own."""
    import pandas as pd

    codes, unique = pd.factorize(values, use_na_sentinel=False)
    bins = int(min(MOST_BINS, max(2, len(values) // ROWS_PER_BIN)))
    if len(unique) <= bins or not pd.api.types.is_numeric_dtype(values):
        return np.asarray(codes, dtype=np.int64)
    ranks = values.rank(method="average", pct=True)  # so a frequent value has a bin of its own
    return np.asarray((ranks * bins).fillna(-1).to_numpy().astype(np.int64) + 1, dtype=np.int64)


def _means(codes: Codes, target: Values, part: NDArray[np.bool_]) -> Values:
    """Return the mean of the target by code, learned on a part of the rows; of all, where a code is not in it."""
    size = int(codes.max()) + 1
    counts = np.bincount(codes[part], minlength=size)
    sums = np.bincount(codes[part], weights=target[part], minlength=size)
    return np.where(counts > 0, sums / np.maximum(counts, 1), target[part].mean())


def _auc(codes: Codes, target: NDArray[Any], learn: NDArray[np.bool_], measure: NDArray[np.bool_]) -> float:
    labels = target.astype(np.float64)
    return area_under_curve(_means(codes, labels, learn)[codes[measure]], labels[measure])


def area_under_curve(scores: Values, truth: Values) -> float:
    """Return the share of pairs of a 1 and a 0 that the scores (rows,) rank right; 0.5 where there is no pair."""
    import pandas as pd

    positives, negatives = truth.sum(), len(truth) - truth.sum()
    if not positives or not negatives:
        return 0.5
    ranks = pd.Series(scores).rank().to_numpy()
    return float((ranks[truth == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _recall(codes: Codes, target: NDArray[Any], learn: NDArray[np.bool_], measure: NDArray[np.bool_]) -> float:
    classes, labels = np.unique(target, return_inverse=True)
    shares = np.stack([_means(codes, (labels == each).astype(np.float64), learn) for each in range(len(classes))])
    named = shares.argmax(axis=0)[codes[measure]]
    truth = labels[measure]
    return float(np.mean([(named[truth == each] == each).mean() for each in np.unique(truth)]))


def _explained(codes: Codes, target: NDArray[Any], learn: NDArray[np.bool_], measure: NDArray[np.bool_]) -> float:
    values = target.astype(np.float64)
    expected, truth = _means(codes, values, learn)[codes[measure]], values[measure]
    spread = float(((truth - truth.mean()) ** 2).sum())
    return max(0.0, 1 - float(((truth - expected) ** 2).sum()) / spread) if spread else 0.0
