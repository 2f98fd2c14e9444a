"""`invoke monitor`: compare a window of data with what the champion learned from, and decide what it asks for."""

from collections.abc import Mapping
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
from operation.execution.monitoring.handing_over import (
    DECISION,
    asked_before,
    check_output,
    hand_over,
    read_decisions,
)
from operation.execution.monitoring.reference import bring_reference, describe, thresholds
from operation.execution.monitoring.requests import judge_requests, look_at_requests
from operation.execution.registration.evidence import PROFILE
from operation.execution.tables.snapshot import bring
from operation.execution.temporary import temporary_folder
from operation.execution.training.champion import fetch_champion
from operation.execution.values import ModelVersion
from operation.monitoring.profiles import Profile, lengths, read_profile
from operation.monitoring.thresholds import Finding


def monitor(
    configuration: Configuration,
    data: str | None,
    requests: str | None = None,
    show: bool = False,
    output: str | None = None,
) -> None:
    """Look at the raw tables in `data`, the log of requests in `requests`, or both; write what they ask for.

    With neither, at the raw tables of the configured source. `output` is a folder for a copy of what is written.

    Raises:
        OperationError: there is no champion or no reference, the tables or the log cannot be read, or an alert failed,
            after everything was written.
    """
    if show and requests and not data:
        raise OperationError(
            "--open shows the report, which --requests alone does not write: add --data, or leave it out."
        )
    alerts, copy = read_values(configuration), check_output(output)
    folder = configuration.outputs / "monitoring" / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    backend = connect(configuration)
    with in_order(configuration, backend):
        if requests and not data:
            found = judge_requests(Path(requests), folder, datetime.now(UTC))
        else:
            found = _look(configuration, backend, data, requests, folder)
    hand_over(folder, found, copy)
    if show:
        import webbrowser

        webbrowser.open((folder / "report.html").as_uri())
    if found["decision"] != "wait":
        send(compose(configuration, found), alerts)


def _look(
    configuration: Configuration, backend: Backend, data: str | None, requests: str | None, folder: Path
) -> dict[str, Any]:
    """Compare the tables, and the log if there is one, with the reference; return the decision as it is written."""
    champion, folders = fetch_champion(configuration, backend.registry)
    if champion is None:
        raise OperationError(
            f"There is no champion of {configuration.model} to monitor. Train one: {configuration.command('train')}"
        )
    model = folders["champion"]
    place, reference = bring_reference(configuration, backend.runs, champion, model)
    with console.step("window") as note:
        window = _describe_window(configuration, backend, data, model, place)
        note.text = f"{window.rows:,} rows, {' to '.join(window.span)}"
    health = look_at_requests(Path(requests), datetime.now(UTC)) if requests else None
    return _judge(champion, place, reference, window, folder, health)


def _describe_window(
    configuration: Configuration, backend: Backend, data: str | None, model: Path, reference: Path
) -> Profile:
    """Bring the raw tables, and describe their rows by the bins of the reference."""
    asked = configuration.data
    with temporary_folder() as temporary:
        raw, output = temporary / "raw", temporary / "profile"
        source = backend.bring(data or asked.source, asked.tables)
        bring(source, asked.tables, asked.known_defects, raw, configuration.use_case)
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
    from operation.monitoring.decision import decide, describe_decision
    from operation.monitoring.performance import describe_performance
    from operation.monitoring.report import write_report
    from operation.monitoring.scores import estimate_performance
    from operation.monitoring.thresholds import compare

    before = _before(folder.parent, champion.version, window)
    findings = []
    if window.rows:
        length = lengths(reference, window)
        findings = compare(reference, window, length, thresholds(place, reference, length))
    findings += health[0] if health else []
    decision = decide(findings, window.rows, before)
    performance = describe_performance(window) if window.rows else None
    asked = asked_before(folder.parent, champion.version, window.span)
    found = describe_decision(decision, window.span, window.rows) | {
        "version": champion.version,
        "train": decision.action == "retrain" and not asked,
        "before": before["window"] if before else None,
    }
    metrics = {
        "measures": {one.key: {"value": one.value, "limit": one.limit} for one in findings},
        "performance": performance,
        "requests": health[1] if health else None,
        "estimated_roc_auc_if_calibrated": estimate_performance(reference, window) if window.rows else None,
    }
    folder.mkdir(parents=True)
    write_json(folder / "metrics.json", metrics)
    write_report(folder / "report.html", found, findings, reference, window, performance)
    write_json(folder / DECISION, found)  # last: a folder with it is whole
    console.say(f"Decision: {decision.action}. {'; '.join(decision.reasons)}.")
    console.say(f"Report: {folder / 'report.html'}")
    return found


def _before(folder: Path, version: int, window: Profile) -> Mapping[str, Any] | None:
    """Find the decision of the same version on the latest window that ended before this one began."""
    same = [each for each in read_decisions(folder) if each["version"] == version and each["window"]["rows"]]
    first = window.span[0]
    if "-" in first:
        earlier = [each for each in same if str(each["window"]["last"]) < first]
        return max(earlier, key=lambda each: str(each["window"]["last"]), default=None)
    return next(reversed(same), None)  # spans are numbers of rows and no days: the one that was looked at before
