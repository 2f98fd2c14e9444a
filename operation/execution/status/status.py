"""`invoke status`: champions, services, decisions and data of every use case, and what waits for somebody."""

import json
import math
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from operation import console
from operation.execution.backends import connect
from operation.execution.configuration.loading import load, use_cases
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.deployment.services import differences, losses
from operation.execution.json_files import read_json
from operation.execution.monitoring.decisions import read_decisions, remembered
from operation.execution.steps.imported_code import find_code
from operation.execution.tables.snapshot import MANIFEST
from operation.execution.training import pipeline
from operation.execution.values import ModelVersion, Service
from operation.git import ask
from operation.monitoring.decision import say_span

COLUMNS = ("use case", "champion", "metric", "data until", "commit", "serves", "monitored")
SHORT = 8  # characters of a commit or hash
REASONS = 2  # of a decision: its cause comes first, and the report has the others
NOTHING = "-"


@dataclass(frozen=True)
class Status:
    """Where a use case stands in an environment; `waiting` are sentences, each with the command that ends it.

    `data_until` is the last day of the rows that the champion was trained and tested on, `traffic` maps versions to
    percent, `window` and `decision` are of the last monitoring. What there is not is None or empty.
    """

    use_case: str
    environment: str
    model: str
    champion: int | None = None
    metric: str = ""
    value: float | None = None
    data_until: str | None = None
    data_sha256: str | None = None
    git_commit: str | None = None
    address: str | None = None
    traffic: Mapping[int, int] | None = None
    decision: str | None = None
    window: str | None = None
    waiting: tuple[str, ...] = ()


def show_status(environment: str, settings: Sequence[str], use_case: str | None, as_json: bool) -> None:
    """Print the status of one use case, or of all; with `as_json`, as a list of objects.

    Raises:
        OperationError: the configuration is wrong, or the workspace cannot be asked.
    """
    names = [use_case] if use_case else use_cases()
    found = [look(load(environment, settings, name)) for name in names]
    if as_json:
        print(json.dumps([asdict(each) for each in found], indent=2))
        return
    console.table(f"Environment {environment}", COLUMNS, [_row(each) for each in found])
    for each in found:
        for line in each.waiting:
            console.say(f"{each.use_case}: {line}")
    if not any(each.waiting for each in found):
        console.say("Nothing waits for anybody.")


def look(configuration: Configuration) -> Status:
    """Find out where a use case stands; changes nothing, and imports nothing heavy on one machine."""
    backend = connect(configuration)
    backend.check()
    versions = backend.registry.versions(configuration.model)
    champion = next((one for one in versions if one.champion), None)
    damaged = list[str]()
    service, decision = backend.services.find(configuration.service), last_decision(configuration, champion, damaged)
    tags = champion.tags if champion else {}
    metric = configuration.gate.metric
    return Status(
        configuration.use_case,
        configuration.environment,
        configuration.model,
        champion.version if champion else None,
        metric,
        read_number(tags.get(f"metric.{metric}")),
        tags.get("test_last_date") or None,
        tags.get("data_sha256"),
        tags.get("git_commit"),
        service.address if service else None,
        dict(service.traffic) if service else None,
        decision["decision"] if decision else None,
        (say_span(decision["window"]) or None) if decision else None,
        (*waiting(configuration, versions, service, decision), *damaged),
    )


def waiting(
    configuration: Configuration,
    versions: Sequence[ModelVersion],
    service: Service | None,
    decision: Mapping[str, Any] | None,
) -> Iterator[str]:
    """Yield what somebody has to do or to decide, each with its command."""
    command = configuration.command
    champion = next((one for one in versions if one.champion), None)
    if champion is None:
        yield f"there is no champion. Train one: {command('train')}"
        return
    for change in _changes(configuration, champion):
        yield f"{change} since version {champion.version} was trained. Train again: {command('train')}"
    newest = versions[0]
    if newest.version > champion.version:
        reason, promote = newest.tags.get("reason", "no reason"), command(f"promote --version {newest.version}")
        yield f"version {newest.version} is registered, but not the champion ({reason}). To make it so: {promote}"
    if service and service.state != "ready":
        yield f"the service is {service.state}{f': {service.note}' if service.note else ''}. See {command('services')}"
    elif service:
        yield from losses(configuration, service)
    if service:
        yield from differences(configuration, champion.version, service)
    if decision and decision["version"] not in (None, champion.version):  # None: a look at a log alone is of no version
        yield f"version {decision['version']} was monitored last, and not the champion. Look: {command('monitor')}"
    elif decision and decision["decision"] != "wait":
        first, left = decision["reasons"][:REASONS], decision["reasons"][REASONS:]
        more = f"; and {len(left)} more" if left else ""
        yield f"monitoring says {decision['decision']}: {'; '.join(first)}{more}. See {decision['see']}"


def _changes(configuration: Configuration, champion: ModelVersion) -> Iterator[str]:
    """Yield what a training of today would do otherwise: other data, values or code."""
    manifest = configuration.outputs / "data" / "raw" / MANIFEST
    if manifest.is_file() and read_json(manifest).get("sha256") != champion.tags.get("data_sha256"):
        yield "other data were fetched"
    if configuration.sha256() != champion.tags.get("configuration_sha256"):
        yield "the configuration has changed"
    known = champion.tags.get("git_dirty") != "true"  # else no commit has the code that trained
    if known and _has_changed(champion.tags.get("git_commit", ""), _code(configuration)):
        yield "the code that trains has changed"


def _code(configuration: Configuration) -> list[str]:
    """List the scripts that train, with all of ours that they import: a change elsewhere in src changes no model."""
    scripts = [ROOT / step.script for step in pipeline.steps(configuration, champion=True) if step.script[-3:] == ".py"]
    imported = {file for script in scripts for file in find_code(script, ROOT, configuration.use_case).files}
    return sorted(file.relative_to(ROOT).as_posix() for file in {*scripts, *imported})


def _has_changed(commit: str, files: Sequence[str]) -> bool:
    """Say whether files of today differ from those of the commit; False where there is no git, or no such commit.

    Raises:
        OperationError: git refuses to read the repository.
    """
    try:
        known = ask(ROOT, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
        return bool(ask(ROOT, "diff", "--name-only", known, "--", *files))
    except (OSError, subprocess.CalledProcessError):
        return False


def last_decision(
    configuration: Configuration, champion: ModelVersion | None, damaged: list[str]
) -> dict[str, Any] | None:
    """Return the decision of the last monitoring, and where to `see` more: the report or, if it wrote none, the file.

    It is the last one here or, if it was made elsewhere later, the last that the champion remembers; None if there is
    neither. `damaged` gets a line for each decision that cannot be read.
    """
    found = read_decisions(configuration.outputs / "monitoring", damaged.append)
    file = next(reversed(found), None)
    look, known = max(remembered(champion).items(), default=("", None)) if champion else ("", None)
    if known and (file is None or look > file.parent.name):
        return known | {"reasons": ["decided on another machine"], "see": "its report there"}
    if file is None:
        return None
    report = file.with_name("report.html")
    return found[file] | {"see": str(report if report.is_file() else file)}


def _row(status: Status) -> list[str]:
    """Return the cells of the use case, by COLUMNS."""
    champion = NOTHING if status.champion is None else f"version {status.champion}"
    metric = NOTHING if status.value is None else f"{status.metric} {status.value:.4f}"
    serves = ", ".join(f"{version}: {share} %" for version, share in (status.traffic or {}).items())
    window = f" ({status.window})" if status.window else ""
    monitored = f"{status.decision}{window}" if status.decision else NOTHING
    commit = (status.git_commit or NOTHING)[:SHORT]
    return [status.use_case, champion, metric, status.data_until or NOTHING, commit, serves or NOTHING, monitored]


def read_number(text: str | None) -> float | None:
    """Return the number of a tag, which may hold anything; NaN and infinity, which JSON lacks, are none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
