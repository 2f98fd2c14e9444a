"""What is missing is named with the command that mends it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution import doctor
from operation.execution.doctor import examine

Lines = Callable[[str], dict[str, str]]


@pytest.fixture
def lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lines:
    """What `invoke doctor` says of each check; whether the hooks are installed depends on the clone."""

    def examined(environment: str) -> dict[str, str]:
        settings = [f"backend.outputs={tmp_path / 'outputs'}"] if environment == "local" else []
        with suppress(OperationError):
            examine(environment, settings)
        return {line[:14].strip(): line[15:] for line in capsys.readouterr().out.splitlines()}

    return examined


def test_a_sound_environment_is_ok(lines: Lines) -> None:
    said = lines("local")
    for check in ("python", "packages", "git", "configuration", "data source", "outputs", "registry"):
        assert said[check].startswith("ok "), said[check]


def test_a_package_that_differs_from_the_lock_is_named_with_the_remedy(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("invoke==0.1 \\\n    --hash=sha256:00\nnot-there==1.0\nwindows-only==1 ; sys_platform == 'none'\n")
    monkeypatch.setattr(doctor, "LOCK", lock)
    said = lines("local")["packages"]
    assert said.startswith("missing")
    assert "(pinned: ==0.1)" in said
    assert "not-there is not installed" in said
    assert "windows-only" not in said
    assert "Run: " in said


def test_an_unknown_environment_ends_the_checks_of_its_values(lines: Lines) -> None:
    said = lines("stage")
    assert "Choose one of" in said["configuration"]
    assert "outputs" not in said


def test_what_is_missing_ends_in_an_error() -> None:
    with pytest.raises(OperationError, match=r"To be mended: .*configuration"):
        examine("stage")
