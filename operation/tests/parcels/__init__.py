"""Parcels: the use case that the engine's tests run on, with code, configuration and suites of its own.

Nothing here is read from what people edit, `configuration/`, the use cases in `src/` and their suites, so that no edit
of theirs turns a test of the engine red. Tests import `load` from here.
"""

import atexit
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from operation.execution.configuration import loading
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.tables import sources
from operation.execution.validation import checkpoints
from operation.execution.validation.checkpoints import PROJECT
from operation.tests.clones import commit_all, copy_work_tree

HERE = Path(__file__).parent
NAME, MODEL = "parcels", "parcel-delays"
CONFIGURATION, SOURCE, SUITES = HERE / "configuration", HERE / "src", HERE / "suites"
COURIERS, TOWNS = ["Ant", "Bee", "Cat", None], [f"town {number}" for number in range(12)]
TIMES = {"parcels": "sent_at", "weather": "observed_at"}  # the column of moments by table
FIRST, DAYS = np.datetime64("2013-01-01T00", "us"), 365


class DEFECT:
    """The recording error of the weather that `configuration/use_cases/parcels.yaml` corrects."""

    hour, value = 42 * 24 + 8, 999.5  # 8 in the morning of the 12th of February


NOT_COPIED = shutil.ignore_patterns("__pycache__")


def load(
    environment: str = "local",
    settings: Sequence[str] = (),
    use_case: str | None = None,
    folder: Path = CONFIGURATION,
    scripts: Path | None = None,
) -> Configuration:
    """Load as `loading.load` does, but from the configuration of the tests, for scripts that serve parcels alone."""
    return loading.load(environment, settings, use_case, folder, scripts or own_scripts())


@cache
def own_scripts() -> Path:
    """A copy of the core scripts beside parcels and no other use case; it goes when this process ends."""
    folder = Path(mkdtemp(prefix="parcels-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return copy_scripts(folder)


def load_own(environment: str = "local", settings: Sequence[str] = ()) -> Configuration:
    """Load as a verb does in `own_repository`, whose scripts and suites then are those that run."""
    return load(environment, settings, folder=own_repository() / "configuration", scripts=own_repository() / "src")


@contextmanager
def own_suites() -> Iterator[None]:
    """What this process itself validates is judged by the suites of `own_repository`."""
    project = own_repository() / PROJECT.relative_to(ROOT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "PROJECT", project)
        patch.setattr(sources, "EXPECTATIONS", project / checkpoints.SUITES)
        yield


@cache
def own_repository() -> Path:
    """A copy of this work tree with parcels in place of all other use cases; it goes when this process ends."""
    folder = Path(mkdtemp(prefix="parcels-")) / "repository"
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    return copy_repository(folder)


def copy_repository(folder: Path) -> Path:
    """Make it there, with one commit; what goes is all that `invoke new` would have written for another use case."""
    copy_work_tree(ROOT, folder)
    for file in (folder / "src").glob("*/use_case.py"):
        shutil.rmtree(file.parent)
    suites = folder / PROJECT.relative_to(ROOT) / checkpoints.SUITES
    for place in (folder / "configuration", suites):
        shutil.rmtree(place)
    shutil.copytree(CONFIGURATION, folder / "configuration")
    shutil.copytree(SUITES, suites / NAME)
    shutil.copytree(SOURCE / NAME, folder / "src" / NAME, ignore=NOT_COPIED)
    commit_all(folder)
    return folder


def copy_scripts(repository: Path) -> Path:
    """Make the folder `src` there."""
    source = repository / "src"
    source.mkdir(parents=True)
    for script in (ROOT / "src").glob("*.py"):
        shutil.copy(script, source)
    shutil.copytree(ROOT / "src" / "learning", source / "learning", ignore=NOT_COPIED)
    shutil.copytree(SOURCE / NAME, source / NAME, ignore=NOT_COPIED)
    return source


def write_tables(folder: Path, rows: int = 8000) -> None:
    """Write a year of parcels and the weather of each of its hours.

    Bad weather, distance and some couriers make parcels overdue, and days differ. Some are lost: they have no `hours`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(8)
    hours = FIRST + np.arange(24 * DAYS) * np.timedelta64(1, "h")
    temp = 10 + 12 * np.sin(np.arange(len(hours)) / 1400) + generator.normal(0, 3, len(hours))
    rain = np.where(generator.random(len(hours)) < 0.2, generator.gamma(2, 2, len(hours)), 0)
    measured = pa.array(rain, mask=generator.random(len(hours)) < 0.02)
    weather = {"observed_at": pa.array(hours, pa.timestamp("us", tz="UTC")), "temp": temp, "rain": measured}
    pa.parquet.write_table(pa.table(weather), folder / "weather.parquet")
    place = np.sort(generator.integers(0, len(hours), rows))
    courier, town = generator.integers(0, len(COURIERS), rows), generator.integers(0, len(TOWNS), rows)
    distance, weight = generator.integers(5, 900, rows), generator.gamma(2, 1.5, rows)
    day = generator.normal(0, 4, DAYS)[place // 24]
    taken = 20 + distance / 40 + 3 * rain[place] + 6 * (courier == 1) + town + day + generator.normal(0, 5, rows)
    lost = generator.random(rows) < 0.03
    parcels = {
        "parcel": np.arange(rows),
        "sent_at": pa.array(hours[place], pa.timestamp("us", tz="UTC")),
        "courier": pa.array([COURIERS[each] for each in courier]),
        "town": [TOWNS[each] for each in town],
        "distance": distance,
        "weight": weight.round(2),
        "hours": pa.array(taken.round(0), mask=lost),
    }
    pa.parquet.write_table(pa.table(parcels), folder / "parcels.parquet")
