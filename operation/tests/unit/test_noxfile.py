"""What the sessions promise; the integration tests run some."""

import inspect
import os
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nox
import pytest
from nox import registry
from nox.sessions import SessionRunner

import noxfile

PROMISED = {
    *("unit", "integration", "data_validation", "lint", "types", "lock", "coverage", "azureml", "mutants"),
    *("infrastructure", "ado", "pipelines_local", "azureml_offline", "gx_duckdb", "use_cases", "adoption", "spark"),
    *("docs", "notebooks", "sbom", "evidently"),
}

# the example begins
PROMISED |= {"bench", "expectations", "monitoring"}
# the example ends


def test_every_promised_session_exists() -> None:
    assert noxfile.__doc__
    assert set(registry.get()) == PROMISED


def test_what_is_not_measured_is_not_in_the_report() -> None:
    settings = tomllib.loads(Path(noxfile.__file__).with_name("pyproject.toml").read_text(encoding="utf-8"))
    coverage = settings["tool"]["coverage"]
    assert coverage["report"]["omit"] == coverage["run"]["omit"]


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_a_session_says_in_one_line_what_it_does(name: str) -> None:
    description = registry.get()[name].func.__doc__
    assert description
    assert "\n" not in description


def test_environments_are_made_by_uv() -> None:
    assert nox.options.default_venv_backend == "uv"


def test_continuous_integration_runs_every_default_session(repository: Path) -> None:
    command = re.search(r"noxfile\.py -s ([a-z_ ]+)", (repository / ".ci" / "run").read_text(encoding="utf-8"))
    assert command
    assert sorted(command[1].split()) == sorted(nox.options.sessions or ())


def test_azure_pipelines_run_every_default_session(repository: Path) -> None:
    text = (repository / "azure-pipelines" / "ci.yml").read_text(encoding="utf-8")
    commands = re.findall(
        r"^  - script: python noxfile\.py -s ([a-z_ ]+)\$\{\{ variables\.(?:only|measured) \}\}$", text, re.MULTILINE
    )
    assert sorted(" ".join(commands).split()) == sorted(nox.options.sessions or ())


def test_every_session_forgets_the_variables_that_mislead() -> None:
    for name, session in registry.get().items():
        assert re.search(r"^    install\(session", inspect.getsource(inspect.unwrap(session.func)), re.MULTILINE), name


def test_every_session_that_tests_has_a_least_number_of_tests() -> None:
    sources = {name: inspect.getsource(inspect.unwrap(session.func)) for name, session in registry.get().items()}
    assert {name for name, source in sources.items() if "run_tests" in source} == noxfile.LEAST_TESTS.keys()


def test_ci_runs_nox_without_the_variables_that_it_reads(repository: Path, tmp_path: Path) -> None:
    """A stand-in for Python shows the environment in which `.ci/run` starts nox."""
    stand_in = tmp_path / "python3.11"
    stand_in.write_text('#!/bin/sh\n[ "$1" = noxfile.py ] && env\ntrue\n')
    stand_in.chmod(0o755)
    variables = {"NOXSESSION": "lint", "NOX_DEFAULT_VENV_BACKEND": "none", "PYTHONPATH": "x", "PYTHONOPTIMIZE": "1"}
    environment = variables | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "KEPT": "1"}
    command = [str(repository / ".ci" / "run")]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    names = {line.partition("=")[0] for line in shown.splitlines()}
    assert names & {*variables, "KEPT"} == {"KEPT"}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Callable[..., nox.Session]:
    """A session with words behind `--`, where changes touch one test of `unit` and all of `lint`."""
    sessions = {"unit": {"whole": False, "files": ["operation/tests/unit/test_people.py"]}, "lint": {"whole": True}}
    monkeypatch.setattr(noxfile, "find_affected", lambda base: {"sessions": sessions} if base == "main" else "No base.")
    monkeypatch.setattr(noxfile, "CHOSEN", {})
    monkeypatch.setattr(noxfile, "MEASURED", set())

    def make(name: str, *words: str) -> nox.Session:
        config = SimpleNamespace(posargs=words)
        return nox.Session(SessionRunner(name, [], registry.get()["unit"], config, None))  # type: ignore[arg-type]

    return make


def test_without_the_option_every_session_runs_whole(session: Callable[..., nox.Session]) -> None:
    noxfile.choose_affected(unit := session("unit"))
    assert (noxfile.is_whole(unit), noxfile.CHOSEN) == (True, {})


@pytest.mark.parametrize("words", [["--affected"], ["--affected", "--since", "main"], ["--since=main", "--affected"]])
def test_a_session_that_a_change_touches_in_part_runs_those_files(
    words: list[str], session: Callable[..., nox.Session]
) -> None:
    noxfile.choose_affected(unit := session("unit", *words, "-k", "gate"))
    assert noxfile.CHOSEN == {"unit": ["operation/tests/unit/test_people.py"]}
    assert (unit.posargs, noxfile.is_whole(session("unit"))) == (["-k", "gate"], False)


def test_a_session_that_a_change_touches_as_a_whole_runs_whole(session: Callable[..., nox.Session]) -> None:
    noxfile.choose_affected(lint := session("lint", "--affected"))
    assert (noxfile.is_whole(lint), noxfile.CHOSEN) == (True, {})


def test_a_session_that_no_change_touches_is_skipped_with_the_reason(session: Callable[..., nox.Session]) -> None:
    with pytest.raises(Exception, match=r"^no change since main touches it; invoke affected --since main --explain"):
        noxfile.choose_affected(session("spark", "--affected"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--since", "main"], "--since is for --affected: nox -- --affected --since BASE"),
        (["--affected", "--since"], "--since needs a branch, tag or commit"),
        (["--affected", "--since="], "--since needs a branch, tag or commit"),
        (["--affected", "--since", "nowhere"], r"No base\."),
    ],
)
def test_a_base_that_cannot_be_is_an_error(words: list[str], message: str, session: Callable[..., nox.Session]) -> None:
    with pytest.raises(Exception, match=message):
        noxfile.choose_affected(session("unit", *words))


@pytest.mark.parametrize(
    ("name", "words", "counted"),
    [
        ("unit", ["--measure"], {"unit"}),
        ("unit-3.12", ["--measure", "-q"], {"unit"}),
        ("lint", ["--measure"], set()),
        ("unit", ["-q"], set()),
    ],
)
def test_a_session_counts_for_the_coverage_where_it_was_asked_for(
    name: str, words: list[str], counted: set[str], session: Callable[..., nox.Session]
) -> None:
    noxfile.choose_measured(measured := session(name, *words))
    assert (counted, [word for word in words if word == "-q"]) == (noxfile.MEASURED, measured.posargs)


def test_what_runs_in_part_is_not_measured(session: Callable[..., nox.Session]) -> None:
    with pytest.raises(Exception, match=r"^--measure counts what whole sessions run"):
        noxfile.choose_measured(session("unit", "--affected", "--measure"))


@pytest.mark.parametrize(
    ("free", "flags", "fits"),
    [(2_000_000, 0, True), (10_000, 0, False), (2_000_000, noxfile.NO_PROGRAMS, False)],
    ids=["room", "small", "runs no program"],
)
def test_files_lie_in_memory_where_there_is_room_for_them(
    free: int, flags: int, fits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = SimpleNamespace(f_bavail=free, f_frsize=1000, f_flag=flags)
    monkeypatch.setattr(os, "statvfs", lambda _: state)
    assert noxfile.disk_in_memory(tmp_path) == (str(tmp_path) if fits else None)


def test_without_a_folder_in_memory_files_lie_where_they_always_do(tmp_path: Path) -> None:
    assert noxfile.disk_in_memory(tmp_path / "missing") is None


def test_a_test_that_reads_its_log_gets_it(tmp_path: Path) -> None:
    assert not noxfile.wants_log(tmp_path)
    name = "".join(("cap", "log"))  # in two, or this file would have it
    (tmp_path / "test_a.py").write_text(f"def test_a({name}):\n    pass\n", encoding="utf-8")
    assert noxfile.wants_log(tmp_path)
