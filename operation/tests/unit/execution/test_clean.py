"""`invoke clean` deletes what can be made again, and the registry only when asked."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.clean import clean, trim_cache
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import Configuration
from operation.execution.steps.cache import Cache
from operation.execution.steps.recipe import Recipe


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    for name in ("runs/1/model", "data/raw", "mlflow/artifacts"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "stray.txt").write_text("")
    return load(settings=[f"backend.outputs={tmp_path}"])


def names(configuration: Configuration) -> set[str]:
    return {path.name for path in configuration.outputs.iterdir()}


def test_the_registry_and_what_is_not_ours_stay(configuration: Configuration) -> None:
    clean(configuration, registry=False)
    assert names(configuration) == {".lock", "mlflow", "stray.txt"}


def test_the_registry_goes_when_asked(configuration: Configuration) -> None:
    clean(configuration, registry=True)
    assert names(configuration) == {".lock", "stray.txt"}


def test_every_deletion_is_said(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    clean(configuration, registry=False)
    assert f"Deleted {configuration.outputs / 'runs'}" in capsys.readouterr().out


@pytest.fixture
def cached(configuration: Configuration) -> Configuration:
    """Three results of 300 kB each in the cache."""
    cache = Cache(configuration.cache, print)
    for seed in range(3):
        made = configuration.outputs / f"made-{seed}"
        made.mkdir()
        (made / "model").write_bytes(bytes([seed]) * 300_000)
        cache.keep("train", Recipe({"--seed": str(seed)}, {}, {}, {}, {}), {"model": made}, "")
    return configuration


def test_the_whole_cache_goes_and_nothing_else(cached: Configuration) -> None:
    trim_cache(cached, days=0, megabytes=0)
    assert not cached.cache.exists()
    assert {"runs", "data", "mlflow"} <= names(cached)


def test_a_limit_leaves_what_fits(cached: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    trim_cache(cached, days=0, megabytes=1)
    assert "Freed 0.0 MB" in capsys.readouterr().out
    (cached.cache / "objects" / "zz").mkdir()
    (cached.cache / "objects" / "zz" / "left-behind").write_bytes(bytes(500_000))
    trim_cache(cached, days=7, megabytes=0)
    assert "Freed 0.5 MB" in capsys.readouterr().out


@pytest.mark.parametrize(("days", "megabytes"), [(-1, 0), (0, -1)])
def test_a_negative_limit_is_refused(cached: Configuration, days: int, megabytes: int) -> None:
    with pytest.raises(OperationError, match="must not be negative"):
        trim_cache(cached, days, megabytes)


def test_a_folder_that_is_no_cache_is_not_deleted(configuration: Configuration) -> None:
    configuration.cache.mkdir(parents=True)
    (configuration.cache / "thesis.txt").write_text("years of work")
    with pytest.raises(OperationError, match="is not a cache of steps"):
        trim_cache(configuration, days=0, megabytes=0)
    assert (configuration.cache / "thesis.txt").exists()
