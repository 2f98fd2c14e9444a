"""The usual way to a service of MLflow: a scikit-learn pipeline with LightGBM, trained on a DataFrame and saved.

`python pandas_pipeline.py PREPARED OUTPUT` writes the model, which `mlflow models serve` takes. Its settings are those
of the use case.
"""

import sys
from pathlib import Path

import mlflow
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

from flights.schema import FEATURES, TARGET


def main() -> None:
    """Train, and save."""
    prepared, output = Path(sys.argv[1]), sys.argv[2]
    rows = pd.read_parquet(prepared / "train.parquet")
    texts = [name for name, kind in FEATURES.items() if kind == "category"]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("texts", encoder, texts)], remainder="passthrough")
    trees = LGBMClassifier(n_estimators=150, num_leaves=31, learning_rate=0.06, n_jobs=1, verbose=-1)
    pipeline = Pipeline([("columns", columns), ("model", trees)])
    pipeline.fit(rows[list(FEATURES)], rows[TARGET])
    few = rows[list(FEATURES)].head()
    signature = mlflow.models.infer_signature(few, pipeline.predict(few))
    packages = ["lightgbm", "pandas", "scikit-learn"]
    # The format is that of earlier versions of MLflow; the new one, skops, does not know LightGBM.
    mlflow.sklearn.save_model(
        pipeline, output, signature=signature, pip_requirements=packages, serialization_format="cloudpickle"
    )


if __name__ == "__main__":
    main()
