"""`invoke doctor` names what is missing, and how to get it."""

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.doctor import doctor, machine
from operation.execution.doctor.doctor import examine, run
from operation.tests.parcels import load

Lines = Callable[..., dict[str, str]]


@pytest.fixture
def lines(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Lines:
    """Return what `invoke doctor` prints for each check; whether the hooks are installed depends on the clone.

    Packages are compared with a lock of one line.
    """
    monkeypatch.setattr(doctor, "load", load)
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"pytest=={pytest.__version__} \\\n    --hash=sha256:00\n", encoding="utf-8")
    monkeypatch.setattr(machine, "LOCK", lock)

    def examined(environment: str, *settings: str) -> dict[str, str]:
        folders = [f"backend.outputs={tmp_path / 'outputs'}", f"data.source={tmp_path}"]
        outputs = folders if environment == "local" else []
        with suppress(OperationError):
            examine(environment, [*outputs, *settings])
        return {line[:14].strip(): line[15:] for line in capsys.readouterr().out.splitlines()}

    return examined


def test_a_sound_environment_is_ok(lines: Lines, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LOCK", repository / "requirements.lock")
    said = lines("local")
    for check in ("python", "packages", "git", "configuration", "data source", "outputs", "registry", "services"):
        assert said[check].startswith("ok "), said[check]


def test_for_an_offline_workspace_a_missing_tool_is_named_with_the_remedy(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = metadata.version("azureml-offline")
    assert lines("emulator")["workspace"] == f"ok       offline, by azureml-offline {version}"
    monkeypatch.setitem(sys.modules, "azureml_offline", None)
    assert lines("emulator")["workspace"].startswith("missing  This needs azureml-offline, which is not installed")


def test_a_package_that_differs_from_the_lock_is_named_with_the_remedy(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("invoke==0.1 \\\n    --hash=sha256:00\nnot-there==1.0\nwindows-only==1 ; sys_platform == 'none'\n")
    said = lines("local")["packages"]
    assert said.startswith("missing")
    assert "(pinned: ==0.1)" in said
    assert "not-there is not installed" in said
    assert "windows-only" not in said
    assert "Run: " in said


def test_for_a_workspace_it_says_which_one_and_who_would_sign_in(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("TENANT_ID", "t"), ("CLIENT_ID", "me"), ("CLIENT_SECRET", "planted-" + "8f3c")):
        monkeypatch.setenv(f"AZURE_{name}", value)
    said = lines("dev", "backend.subscription_id=11111111-aaaa")
    assert said["workspace"].startswith("ok ")
    assert "rg-mlops-dev, subscription 11111111-aaaa (from configuration/environments)" in said["workspace"]
    assert "service principal me (AZURE_TENANT_ID" in said["sign-in"]
    assert "Order: 1. service principal set (yes)" in said["sign-in"]
    assert "planted" not in str(said)


@pytest.mark.parametrize("environment", ["dev", "emulator"])
def test_for_a_workspace_it_says_what_a_service_would_run_on(lines: Lines, environment: str) -> None:
    said = lines(environment)["services"]
    host = "a container group (ACI), one version at a time"
    assert said == f"ok       parcel-delays in {host}, 1 cores and 2 GB (not asked for)"
    assert "the cluster big (AKS)" in lines(environment, "backend.hosting.cluster=big")["services"]


def test_a_name_that_azure_refuses_is_missing_with_the_remedy(lines: Lines) -> None:
    said = lines("dev", "serving.service=parcel-delays-next")["services"]
    assert said.startswith(
        "missing  The service parcel-delays-next cannot be called that: take 3 to 27 lower-case letters"
    )


def test_for_a_workspace_it_says_what_is_installed_or_how_to_install_it(lines: Lines) -> None:
    said = lines("dev", "backend.subscription_id=11111111-aaaa")["azureml-core"]
    try:
        assert said == f"ok       {metadata.version('azureml-core')}"
    except metadata.PackageNotFoundError:
        assert said.startswith("missing")
        assert "`python tasks.py` in place of `invoke`" in said


def test_a_workspace_that_nothing_names_is_missing(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert "Nothing names the workspace" in lines("dev")["workspace"]


@pytest.mark.parametrize(
    ("environment", "settings", "use_case", "ado", "project", "message"),
    [
        ("dev", (), None, True, None, "leave out --environment, --use-case and --set"),
        ("local", ("seed=1",), None, True, "fabrikam/parcels", "leave out --environment, --use-case and --set"),
        ("local", (), "parcels", True, None, "leave out --environment, --use-case and --set"),
        ("dev", (), None, False, "fabrikam/parcels", "use it with --ado"),
    ],
    ids=["environment", "set", "use case", "project"],
)
def test_an_option_without_effect_is_refused(
    environment: str, settings: tuple[str, ...], use_case: str | None, ado: bool, project: str | None, message: str
) -> None:
    with pytest.raises(OperationError, match=message):
        run(environment, settings, use_case, ado, project)


def test_an_environment_of_this_machine_has_no_checks_of_a_workspace(lines: Lines) -> None:
    assert not {"azureml-core", "workspace", "sign-in"} & {*lines("local")}


def test_an_unknown_environment_ends_the_checks_of_its_values(lines: Lines) -> None:
    said = lines("stage")
    assert "Choose one of" in said["configuration"]
    assert "outputs" not in said


def test_what_is_missing_ends_in_an_error() -> None:
    with pytest.raises(OperationError, match=r"Fix these first: .*configuration"):
        examine("stage")


def test_what_a_deployment_would_need_is_said_and_stops_no_run(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARCELS_KEY", raising=False)
    said = lines("local", "serving.key=PARCELS_KEY")["services"]
    assert said.startswith("ok       invoke deploy would fail: The environment variable PARCELS_KEY")
    assert lines("local")["services"] == "ok       none"
