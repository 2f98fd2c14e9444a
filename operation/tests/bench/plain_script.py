"""What a data scientist writes first: read a file with pandas, train LightGBM, print metrics, keep the model.

Rows are drawn at random and settings are those that `invoke new` writes. Nothing else is there: no look at leaks, no
validation, tracking, gate, registry, plots or ONNX.
"""

import argparse
from pathlib import Path

import lightgbm
import pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

METRICS = (roc_auc_score, average_precision_score, log_loss, brier_score_loss)


def main() -> None:
    """Read, encode, train, evaluate."""
    arguments = parser().parse_args()
    rows = pd.read_csv(arguments.file).drop(columns=arguments.drop)
    for name in rows.select_dtypes(exclude=["number", "bool"]):
        rows[name] = rows[name].astype("category")
    labels = rows.pop(arguments.target)
    test = pd.Series(range(len(rows))).sample(frac=0.2, random_state=1)
    train = labels.index.difference(test)
    parameters = {
        "objective": "binary",
        "num_leaves": arguments.leaves,
        "learning_rate": 0.05,
        "num_threads": 2,
        "seed": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    model = lightgbm.train(parameters, lightgbm.Dataset(rows.loc[train], labels[train]), num_boost_round=100)
    model.save_model(arguments.output)
    scores = model.predict(rows.loc[test])
    for metric in METRICS:
        print(metric.__name__, metric(labels[test], scores))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    result.add_argument("file", type=Path, help="CSV file")
    result.add_argument("target", help="column of 0 and 1")
    result.add_argument("output", type=Path, help="file for the model")
    result.add_argument("--drop", nargs="*", default=[], help="columns that are no features")
    result.add_argument("--leaves", type=int, default=63)
    return result


if __name__ == "__main__":
    main()
