"""`invoke clean` deletes what can be made again, and the registry only when asked."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.clean import clean, run, trim_cache
from operation.execution.configuration import sections
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import MARKER, exclusive, hold
from operation.execution.steps.cache import Cache
from operation.execution.steps.recipe import Recipe
from operation.tests.parcels import load, own_scripts

RUN = "runs/20260101-000000-000000"


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.setattr("operation.execution.clean.OF_CLONE", tmp_path)
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    with exclusive(configuration):
        for name in (f"{RUN}/model", "data/raw", "mlflow/artifacts"):
            (configuration.outputs / name).mkdir(parents=True)
        (tmp_path / "coverage").mkdir()
    (configuration.outputs / "stray.txt").write_text("")
    return configuration


def names(configuration: Configuration) -> set[str]:
    return {path.name for path in configuration.outputs.iterdir()}


def test_the_registry_and_what_is_not_ours_stay(configuration: Configuration) -> None:
    clean(configuration, registry=False)
    assert names(configuration) == {".lock", MARKER, "mlflow", "stray.txt"}
    assert not (configuration.common_outputs / "coverage").exists()


def test_what_use_cases_share_stays_while_there_is_another(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("operation.execution.clean.use_cases", lambda: ["churn", "parcels", "wine"])
    other = configuration.outputs.with_name("churn")
    (other / RUN).mkdir(parents=True)
    clean(configuration, registry=True)
    assert (other / RUN).is_dir()
    assert (configuration.common_outputs / "coverage").is_dir()
    assert "Left what is shared with churn. To delete the results: invoke clean --cache" in capsys.readouterr().out


@pytest.mark.parametrize("registry", [False, True])
def test_what_use_cases_share_goes_with_the_last_to_be_cleaned(
    configuration: Configuration, registry: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operation.execution.clean.use_cases", lambda: ["churn", configuration.use_case])
    other = configuration.model_copy(update={"use_case": "churn"})
    with exclusive(other):
        for name in (RUN, "mlflow"):
            (other.outputs / name).mkdir(parents=True)
    clean(other, registry)
    assert (configuration.common_outputs / "coverage").is_dir()
    clean(configuration, registry)
    assert not (configuration.common_outputs / "coverage").exists()


@pytest.mark.parametrize("cache", [False, True])
def test_what_use_cases_share_is_not_deleted_under_a_command_of_another(
    cached: Configuration, cache: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operation.execution.clean.use_cases", lambda: ["churn", cached.use_case])
    with (
        hold(cached.outputs.with_name("churn")),
        pytest.raises(OperationError, match=r"Another command is using .*churn"),
    ):
        run(cached, registry=False, cache=cache, days=0, megabytes=0)
    assert cached.cache.exists()


def test_the_registry_goes_when_asked(configuration: Configuration) -> None:
    clean(configuration, registry=True)
    assert names(configuration) == {".lock", MARKER, "stray.txt"}


def test_what_others_had_in_the_folder_before_its_first_use_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    for folder in (configuration.outputs / "data", tmp_path / "cache"):
        folder.mkdir(parents=True)
        (folder / "precious.txt").touch()
    with exclusive(configuration):
        (configuration.outputs / "runs").mkdir()
    clean(configuration, registry=True)
    assert names(configuration) == {".lock", MARKER, "data"}
    shown = capsys.readouterr().out
    for folder in (configuration.outputs / "data", tmp_path / "cache"):
        assert (folder / "precious.txt").exists()
        assert f"Left {folder}: it was there before this project used {folder.parent}." in shown


OF_OTHERS = ("data/mine", "data/.mine", "runs/notes.txt", "mlflow/mlflow.db.bak", "sweeps/2013", "reports/index.html")


@pytest.mark.parametrize("name", OF_OTHERS)
def test_what_others_put_into_our_folders_later_stays(
    name: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = configuration.outputs / name
    theirs.mkdir(parents=True)
    clean(configuration, registry=True)
    assert theirs.exists()
    assert f"Left {theirs.parent} with {theirs.name}, which is not of this project." in capsys.readouterr().out
    assert not (configuration.outputs / RUN).exists()


@pytest.mark.parametrize("name", ["ado", "coverage", "reports", "cache/other"])
def test_of_what_use_cases_share_outside_the_clone_only_the_cache_is_deleted(
    name: str, cached: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    theirs = cached.common_outputs / name
    theirs.mkdir(parents=True, exist_ok=True)
    clean(cached, registry=True)
    assert theirs.exists()
    assert not cached.cache.exists()


@pytest.mark.parametrize("content", ["{}", '{"foreign": null}', '{"foreign": [5]}', "[]", "{"])
@pytest.mark.parametrize("shared", [False, True])
def test_a_damaged_note_on_what_others_had_is_named_before_anything_is_deleted(
    content: str, shared: bool, configuration: Configuration
) -> None:
    marker = (configuration.common_outputs if shared else configuration.outputs) / MARKER
    marker.write_text(content)
    with pytest.raises(OperationError, match=r"azure-mlops-template\.json is damaged: .* Delete it"):
        clean(configuration, registry=True)
    assert {"data", "mlflow", "runs"} <= names(configuration)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    clean(load(settings=[f"backend.outputs={tmp_path / 'none'}"]), registry=True)
    assert not (tmp_path / "none").exists()


def test_a_link_is_removed_and_what_it_leads_to_stays(configuration: Configuration, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").touch()
    (configuration.outputs / "sweeps").symlink_to(tmp_path / "elsewhere")
    clean(configuration, registry=False)
    assert {"sweeps", "runs"}.isdisjoint(names(configuration))
    assert (tmp_path / "elsewhere" / "kept").exists()


@pytest.mark.parametrize("cache", [".", "..", "mlflow", "runs/cache", "parcels/x", "/"])
def test_a_cache_that_is_or_holds_something_else_is_refused(cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "ROOT", own_scripts().parent)
    with pytest.raises(OperationError, match=r"backend\.cache is .*: must be a folder of its own"):
        load(settings=[f"backend.cache={cache}"])


def test_the_cache_is_not_deleted_under_a_command_at_work(cached: Configuration) -> None:
    with hold(cached.outputs), pytest.raises(OperationError, match="Another command is using"):
        trim_cache(cached, days=0, megabytes=0)
    assert cached.cache.exists()


def test_what_others_put_into_the_cache_stays(cached: Configuration) -> None:
    (cached.cache / "notes.txt").touch()
    trim_cache(cached, days=0, megabytes=0)
    assert [path.name for path in cached.cache.iterdir()] == ["notes.txt"]


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
    (cached.cache / "objects" / "zz" / ("f" * 64)).write_bytes(bytes(500_000))
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


@pytest.mark.parametrize(
    ("registry", "cache", "days", "message"),
    [
        (False, False, 3, "give them with --cache"),
        (True, False, 3, "give them with --cache"),
        (True, True, 0, "one of"),
    ],
    ids=["days alone", "days with registry", "cache with registry"],
)
def test_an_option_that_would_be_passed_over_is_refused(
    registry: bool, cache: bool, days: int, message: str, cached: Configuration
) -> None:
    before = names(cached)
    with pytest.raises(OperationError, match=message):
        run(cached, registry, cache, days, 0)
    assert names(cached) == before


@pytest.mark.parametrize("up", [False, True])
def test_services_are_deleted_with_the_registry_alone_and_only_when_they_have_ended(
    configuration: Configuration, up: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    service = configuration.outputs / "services" / "parcels"
    service.mkdir(parents=True)
    clean(configuration, registry=False)
    assert service.is_dir()
    # Of a service that cannot be read nobody knows whether it has ended.
    if up:
        (service / "state.json").write_text("{")
    clean(configuration, registry=True)
    assert service.is_dir() == up
    assert ("parcels is up. To end it: invoke undeploy" in capsys.readouterr().out) == up
