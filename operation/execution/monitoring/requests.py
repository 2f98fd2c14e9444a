"""Look at a log of requests: the health of scoring, as it was answered."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.json_files import write_json, write_whole
from operation.execution.monitoring.decisions import DECISION, describe_findings, refuse_future, say_decision
from operation.monitoring.decision import decide, describe_decision
from operation.monitoring.health import Request, compare_health, describe_health, read_requests
from operation.monitoring.service_report import service_page
from operation.monitoring.thresholds import Finding

PREFIX = "requests-"
FILES = f"{PREFIX}*.jsonl"
SHOWN = 120  # characters of a line that is named


def read_log(folder: Path) -> tuple[list[Request], int]:
    """Read the files of a folder; return its requests, and how many lines are broken.

    Raises:
        OperationError: there is no such folder, or it holds no log or a file of one that is not read, or a line is of
            another schema, or in two files.
    """
    if not folder.is_dir():
        raise OperationError(f"There is no folder {folder}. Give that of the request log (serving.request_log).")
    requests: list[Request] = []
    seen: dict[int, Path] = {}
    broken, files = 0, sorted(folder.glob(FILES))
    for other in sorted(folder.iterdir()):  # what rotation or packing has renamed
        if other.name.casefold().startswith(PREFIX) and other not in files:
            raise OperationError(
                f"{folder} has {other.name}, which is not read: unpack it, name it {FILES}, or move it away."
            )
    if not files:
        raise OperationError(f"{folder} holds no {FILES}: no request was ever logged there. Give another folder.")
    for file in files:
        if not file.is_file():  # a pipe would be waited for
            raise OperationError(f"{file} is not a file that can be read. Remove it from the log.")
        with file.open("rb") as stream:
            found, lost = read_requests(_refuse_repeated(stream, file, seen), str(file))
        requests += found
        broken += lost
    return requests, broken


def _refuse_repeated(lines: Iterable[bytes], file: Path, seen: dict[int, Path]) -> Iterator[bytes]:
    """Yield the lines of a file; raises OperationError for one that stands in another file as well.

    A client may use an id twice: time and milliseconds are then others. Where all is the same, it is one request.
    """
    for line in lines:
        # Half a line, of a process that was killed, may well be like another.
        other = seen.setdefault(hash(line.strip()), file) if line.rstrip().endswith(b"}") else file
        if other is not file:
            raise OperationError(
                f"{file} and {other.name} hold the same request: {line[:SHOWN].decode(errors='replace').strip()} "
                "Keep one file."
            )
        yield line


def look_at_requests(folder: Path, now: datetime) -> tuple[list[Finding], dict[str, Any]]:
    """Measure and describe the requests in the files of a folder; raises OperationError as `read_log` does."""
    return measure_requests(*read_log(folder), now)


def measure_requests(requests: list[Request], broken: int, now: datetime) -> tuple[list[Finding], dict[str, Any]]:
    """Measure and describe requests; raises OperationError if one is of a day that has yet to come."""
    if requests:
        days = [each.time.astimezone(UTC).date().isoformat() for each in requests]
        refuse_future((min(days), max(days)), now)
    return compare_health(requests, now), describe_health(requests, broken)


def judge_requests(log: Path, folder: Path, now: datetime) -> dict[str, Any]:
    """Decide by the log alone, and write the decision, which is returned, metrics and report."""
    findings, described = look_at_requests(log, now)
    decision = decide(findings, described["requests"], None)
    folder.mkdir(parents=True)
    write_json(folder / "metrics.json", {"measures": describe_findings(findings), "requests": described})
    span = (described["first"] or "", described["last"] or "")
    # What a service answers is no reason to train, nor does it make a second window of a changed world.
    found = describe_decision(decision, span, described["rows"]) | {"drift": False, "train": False}
    found["version"] = None  # several may have answered
    report = service_page(found, findings, described)
    write_whole(folder / "report.html", lambda part: part.write_text(report, encoding="utf-8"))
    write_json(folder / DECISION, found)  # last: a folder with it is whole
    broken = described["broken_lines"]
    lost = f", {console.counted(broken, 'broken line')} passed over" if broken else ""
    console.say(f"{console.counted(described['requests'], 'request')}{lost}")
    say_decision(found, folder / "report.html")
    return found
