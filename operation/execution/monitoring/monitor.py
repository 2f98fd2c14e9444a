"""`invoke monitor`: compare a window of data with what the champion learned from, and decide what it asks for."""

import atexit
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import write_json
from operation.execution.leftovers import in_order
from operation.execution.monitoring.alerts import compose, read_values, send
from operation.execution.monitoring.decisions import (
    DECISION,
    check_output,
    decide_window,
    describe_findings,
    hand_over,
    refuse_future,
    remember,
)
from operation.execution.monitoring.labels import judge_labels, read_labels
from operation.execution.monitoring.reference import bring_reference, describe, thresholds
from operation.execution.monitoring.registered import read_registered
from operation.execution.monitoring.requests import judge_requests, look_at_requests
from operation.execution.monitoring.series import track
from operation.execution.registration.evidence import PROFILE
from operation.execution.tables.snapshot import bring
from operation.execution.temporary import temporary_folder
from operation.execution.training.champion import fetch_champion
from operation.execution.values import ModelVersion
from operation.monitoring.profiles import Profile, lengths, read_profile
from operation.monitoring.thresholds import Finding


@dataclass(frozen=True)
class Asked:
    """What `invoke monitor` was asked to look at: folders, "" for none, and `output` for a copy of what is written.

    With nothing, it looks at the raw tables of the configured source.
    """

    data: str = ""
    requests: str = ""
    scores: str = ""
    labels: str = ""
    show: bool = False
    output: str | None = None


def monitor(configuration: Configuration, asked: Asked | None = None) -> None:
    """Look at raw tables, at the log of requests, or at predictions whose outcomes have come; write what they ask for.

    Raises:
        OperationError: options contradict one another, there is no champion or no reference, something cannot be read,
            or an alert failed, after everything was written.
    """
    asked = asked or Asked()
    _check(asked)
    alerts, copy = read_values(configuration), check_output(asked.output)
    now = datetime.now(UTC)
    folder = configuration.outputs / "monitoring" / f"{now:%Y%m%d-%H%M%S-%f}"
    backend = connect(configuration)
    with in_order(configuration, backend):
        if asked.labels:
            found = _look_at_labels(configuration, backend, asked, folder, now)
        elif asked.requests and not asked.data:
            found = judge_requests(Path(asked.requests), folder, now)
        else:
            found = _look(configuration, backend, asked, folder, now)
        hand_over(folder, found, copy)  # before what may fail: pipelines act on it
        version = found["version"]
        model = None if version is None else backend.registry.find(configuration.model, version)
        if model:  # a look at a log alone is of no version
            remember(backend.registry, model, folder.name, found)
        track(backend, folder, found)
    if asked.show:
        import webbrowser

        webbrowser.open((folder / "report.html").as_uri())
    if found["decision"] != "wait":
        send(compose(configuration, found), alerts)


def end_quietly() -> None:
    """From now on nothing is printed to stderr once this process has ended its work and Python takes itself apart.

    DuckDB's bindings then list what MLflow's modules keep alive as leaks: forty lines below a decision that is right.
    """
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


def _check(asked: Asked) -> None:
    """Raise OperationError for options that do not go together."""
    if asked.labels and (asked.data or bool(asked.requests) == bool(asked.scores)):
        raise OperationError(
            "--labels needs the predictions that they belong to: either --requests or --scores, and no --data, whose "
            "tables have their outcomes in them."
        )
    if asked.scores and not asked.labels:
        raise OperationError("--scores needs --labels: the outcomes that have come since.")


def _look_at_labels(
    configuration: Configuration, backend: Backend, asked: Asked, folder: Path, now: datetime
) -> dict[str, Any]:
    """Compare the champion's performance on what it predicted with the reference; return the decision as written."""
    champion, model = _require_champion(configuration, backend)
    place, reference = bring_reference(configuration, backend.runs, champion, model)
    known = read_labels(
        configuration, asked.requests, asked.scores, asked.labels, reference.task, champion.version, now
    )
    return judge_labels(known, champion, place, reference, folder, read_registered(model, reference.task))


def _look(configuration: Configuration, backend: Backend, asked: Asked, folder: Path, now: datetime) -> dict[str, Any]:
    """Compare the tables, and the log if there is one, with the reference; return the decision as it is written."""
    champion, model = _require_champion(configuration, backend)
    place, reference = bring_reference(configuration, backend.runs, champion, model)
    with console.step("window") as note:
        window = _describe_window(configuration, backend, asked.data, model, place)
        note.text = f"{window.rows:,} rows, {' to '.join(window.span)}"
    refuse_future(window.span, now)
    health = look_at_requests(Path(asked.requests), now) if asked.requests else None
    return _judge(champion, place, reference, window, folder, health)


def _require_champion(configuration: Configuration, backend: Backend) -> tuple[ModelVersion, Path]:
    """Return the champion and the folder of its files; raises OperationError if there is none."""
    champion, folders = fetch_champion(configuration, backend.registry)
    if champion is None:
        raise OperationError(
            f"There is no champion of {configuration.model} to monitor. Train one: {configuration.command('train')}"
        )
    return champion, folders["champion"]


def _describe_window(
    configuration: Configuration, backend: Backend, data: str, model: Path, reference: Path
) -> Profile:
    """Fetch the raw tables, and describe their rows by the bins of the reference."""
    wanted = configuration.data
    with temporary_folder() as temporary:
        raw, output = temporary / "raw", temporary / "profile"
        source = backend.bring(data or wanted.source, wanted.tables)
        bring(source, wanted.tables, wanted.known_defects, raw, configuration.use_case)
        describe(configuration, {"--raw": raw, "--model": model, "--reference": reference, "--output": output})
        return read_profile(output / PROFILE, "Run again.")


def _judge(
    champion: ModelVersion,
    place: Path,
    reference: Profile,
    window: Profile,
    folder: Path,
    health: tuple[list[Finding], dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Decide, and write the decision, which is returned, the metrics and the report."""
    from operation.monitoring.performance import describe_performance
    from operation.monitoring.report import write_report
    from operation.monitoring.scores import estimate_performance
    from operation.monitoring.service_report import service
    from operation.monitoring.thresholds import compare

    findings = []
    if window.rows:
        length = lengths(reference, window.days, window.rows)
        findings = compare(reference, window, length, thresholds(place, reference, length))
    findings += health[0] if health else []
    found = decide_window(folder, champion, findings, window.span, window.rows)
    performance = describe_performance(window) if window.rows else None
    metrics = {
        "measures": describe_findings(findings),
        "performance": performance,
        "requests": health[1] if health else None,
        "estimated_roc_auc_if_calibrated": estimate_performance(reference, window) if window.rows else None,
    }
    folder.mkdir(parents=True)
    write_json(folder / "metrics.json", metrics)
    more = service(health[1] if health else None)
    write_report(folder / "report.html", found, findings, reference, window, performance, more)
    write_json(folder / DECISION, found)  # last: a folder with it is whole
    console.say(f"Decision: {found['decision']}. {'; '.join(found['reasons'])}.")
    console.say(f"Report: {folder / 'report.html'}")
    return found
