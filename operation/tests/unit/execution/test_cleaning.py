"""`invoke clean` deletes what can be made again, and the registry only when asked."""

from pathlib import Path

import pytest

from operation.execution.cleaning import clean
from operation.execution.configuration import Configuration, load


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
