"""What `invoke status` says of a use case, and what it says is to be done."""

import json
from pathlib import Path
from typing import Any

import pytest

from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.json_files import write_json
from operation.execution.status import status
from operation.execution.status.status import last_decision, look, read_number, waiting
from operation.execution.tables.snapshot import MANIFEST
from operation.execution.values import ModelVersion, Service
from operation.git import ask
from operation.tests.clones import commit_all
from operation.tests.parcels import load

READY = Service("parcel-delays", "http://127.0.0.1:1/score", {1: 100}, "ready")
SEEN = {"decision": "wait", "version": 1, "reasons": ["everything is as in the reference"], "see": "report.html"}


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return load(settings=[f"backend.outputs={tmp_path}"])


@pytest.fixture
def tags(configuration: Configuration) -> dict[str, str]:
    """Those of a champion since whose training nothing has changed."""
    return {"configuration_sha256": configuration.sha256(), "data_sha256": "abc", "git_commit": "unknown"}


def put(file: Path, value: dict[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, value)
    return file


def version(number: int, tags: dict[str, str], champion: bool = False) -> ModelVersion:
    return ModelVersion("parcel-delays", number, "run", tags, champion)


def test_a_use_case_without_a_model_says_how_to_make_one(configuration: Configuration) -> None:
    found = look(configuration)
    assert (found.champion, found.value, found.traffic, found.decision) == (None, None, None, None)
    assert found.waiting == ("there is no champion. Train one: invoke train",)


def test_nothing_waits_while_all_is_well(configuration: Configuration, tags: dict[str, str]) -> None:
    assert not list(waiting(configuration, [version(1, tags, champion=True)], READY, SEEN))


def test_other_data_values_and_code_are_reasons_to_train_again(
    configuration: Configuration, tags: dict[str, str]
) -> None:
    put(configuration.outputs / "data" / "raw" / MANIFEST, {"sha256": "def"})
    first = ask(ROOT, "rev-list", "--max-parents=0", "HEAD").split()[0]
    old = tags | {"configuration_sha256": "old", "git_commit": first}
    said = list(waiting(configuration, [version(1, old, champion=True)], None, None))
    assert said == [
        f"{change} since version 1 was trained. Train again: invoke train"
        for change in ("other data were fetched", "the configuration has changed", "the code that trains has changed")
    ]


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("src/train.py", True),
        ("src/learning/fitting.py", True),
        ("src/parcels/use_case.py", True),
        ("src/serve.py", False),
        ("src/boats/use_case.py", False),
    ],
)
def test_only_code_that_trains_this_use_case_is_a_reason_to_train_again(
    configuration: Configuration,
    tags: dict[str, str],
    file: str,
    changed: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = tmp_path / "repository"
    imports = {"train": "from learning.fitting import fit\nfrom learning.use_cases import run_script\n"}
    for name in ("prepare", "train", "evaluate", "serve", "learning/fitting", "parcels/use_case", "boats/use_case"):
        path = root / "src" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(imports.get(name, ""), encoding="utf-8")
    commit_all(root)
    champion = version(1, tags | {"git_commit": ask(root, "rev-parse", "HEAD")}, champion=True)
    (root / file).write_text("changed = True\n", encoding="utf-8")
    monkeypatch.setattr(status, "ROOT", root)
    said = (
        ["the code that trains has changed since version 1 was trained. Train again: invoke train"] if changed else []
    )
    assert list(waiting(configuration, [champion], READY, SEEN)) == said


def test_of_code_that_was_in_no_commit_nothing_is_said(configuration: Configuration, tags: dict[str, str]) -> None:
    first = ask(ROOT, "rev-list", "--max-parents=0", "HEAD").split()[0]
    champion = version(1, tags | {"git_commit": first, "git_dirty": "true"}, champion=True)
    assert not list(waiting(configuration, [champion], None, None))


@pytest.mark.parametrize("commit", ["unknown", "", "0" * 40, "--help"])
def test_a_commit_that_git_does_not_know_says_nothing(
    configuration: Configuration, tags: dict[str, str], commit: str
) -> None:
    champion = version(1, tags | {"git_commit": commit}, champion=True)
    assert not list(waiting(configuration, [champion], None, None))


def test_a_newer_version_waits_for_somebody_to_promote_it(configuration: Configuration, tags: dict[str, str]) -> None:
    newest = version(2, tags | {"reason": "not better"})
    assert list(waiting(configuration, [newest, version(1, tags, champion=True)], None, None)) == [
        "version 2 is registered, but not the champion (not better). To make it so: invoke promote --version 2"
    ]
    older = [version(2, tags, champion=True), version(1, tags)]
    assert not list(waiting(configuration, older, None, None))


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (Service("s", "", {1: 100}, "failed", "it ended"), ["the service is failed: it ended. See invoke services"]),
        (Service("s", "", {2: 100, 1: 0}, "ready"), ["the champion is version 1, and version 2 serves. To serve"]),
        (
            Service("parcel-delays", "", {1: 100, 2: 0}, "ready", ended=[2]),
            ["version 2, which was kept for a rollback, has ended. invoke rollback --reason TEXT starts it again"],
        ),
    ],
    ids=["failed", "another version", "no way back"],
)
def test_a_service_that_is_not_as_it_should_be_is_named(
    configuration: Configuration, tags: dict[str, str], service: Service, words: list[str]
) -> None:
    said = list(waiting(configuration, [version(1, tags, champion=True)], service, SEEN))
    assert len(said) == len(words)
    assert said[0].startswith(words[0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"decision": "retrain", "reasons": ["a", "b"]}, "monitoring says retrain: a; b. See report.html"),
        ({"decision": "retrain", "reasons": [*"abcd"]}, "monitoring says retrain: a; b; and 2 more. See report.html"),
        ({"version": 3}, "version 3 was monitored last, and not the champion. Look: invoke monitor"),
        (
            {"version": None, "decision": "investigate", "reasons": ["silence"]},
            "monitoring says investigate: silence. See report.html",
        ),
    ],
    ids=["alarm", "many reasons", "of another version", "of a log alone"],
)
def test_what_monitoring_has_decided_waits(
    configuration: Configuration, tags: dict[str, str], change: dict[str, Any], said: str
) -> None:
    assert list(waiting(configuration, [version(1, tags, champion=True)], READY, SEEN | change)) == [said]


def test_the_last_decision_is_read_with_its_window(configuration: Configuration) -> None:
    for day, decision in (("20130101", "wait"), ("20130201", "retrain")):
        window = {"first": "2013-01-01", "last": "2013-01-31", "rows": 8}
        content = SEEN | {"decision": decision, "window": window, "train": False}
        put(configuration.outputs / "monitoring" / day / "decision.json", content)
    found = look(configuration)
    assert (found.decision, found.window) == ("retrain", "2013-01-01 to 2013-01-31")


def test_a_look_at_a_log_alone_is_of_no_version_and_waits_for_nobody(
    configuration: Configuration, tags: dict[str, str]
) -> None:
    assert not list(waiting(configuration, [version(1, tags, champion=True)], READY, SEEN | {"version": None}))


@pytest.mark.parametrize(
    ("written", "shown"), [(True, "report.html"), (False, "decision.json")], ids=["tables", "labels"]
)
def test_a_decision_leads_to_the_report_if_there_is_one(
    configuration: Configuration, written: bool, shown: str
) -> None:
    window = {"first": "", "last": "", "rows": 8}
    found = SEEN | {"window": window, "train": False}
    file = put(configuration.outputs / "monitoring" / "20130101" / "decision.json", found)
    if written:
        file.with_name("report.html").touch()
    decision = last_decision(configuration, None, [])
    assert decision is not None
    assert decision["see"] == str(file.with_name(shown))
    assert look(configuration).window is None


@pytest.mark.parametrize(("look", "shown"), [("20130102-1", "retrain"), ("20121231-1", "wait")], ids=["later", "older"])
def test_a_later_decision_of_another_machine_is_shown(configuration: Configuration, look: str, shown: str) -> None:
    window = {"first": "2013-01-01", "last": "2013-01-31", "rows": 8}
    found = {"decision": "retrain", "drift": True, "train": True, "window": window}
    champion = version(1, {"monitoring.3": json.dumps({"look": look} | found)}, champion=True)
    decided = SEEN | {"window": window, "train": False}
    put(configuration.outputs / "monitoring" / "20130101-1" / "decision.json", decided)
    decision = last_decision(configuration, champion, [])
    assert decision is not None
    assert decision["decision"] == shown


@pytest.mark.parametrize(
    ("text", "number"), [("0.75", 0.75), ("nan", None), ("inf", None), ("high", None), (None, None)]
)
def test_a_metric_that_json_cannot_hold_is_left_out(text: str | None, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("content", ["{}", "[]", '{"window": {}}'])
def test_a_damaged_decision_is_named_and_hides_nothing_else(configuration: Configuration, content: str) -> None:
    file = put(configuration.outputs / "monitoring" / "20130101" / "decision.json", {})
    file.write_text(content, encoding="utf-8")
    found = look(configuration)
    assert found.decision is None
    assert found.waiting[-1].startswith(f"Passed over a decision: {file} is damaged")


def test_json_holds_the_same(
    capsys: pytest.CaptureFixture[str], configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "load", lambda *_: configuration)
    status.show_status("local", (), "parcels", as_json=True)
    [found] = json.loads(capsys.readouterr().out)
    assert (found["use_case"], found["champion"]) == ("parcels", None)
    assert found["waiting"] == ["there is no champion. Train one: invoke train"]
