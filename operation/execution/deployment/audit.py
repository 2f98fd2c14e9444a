"""Who served what, when and why: a line of JSON for each deployment and each rollback, never changed afterwards."""

import getpass
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from operation.execution.configuration.sections import ROOT, Configuration
from operation.git import ask

FILE = "audit.jsonl"
DONE, FAILED = "done", "failed"
ALL = 100  # percent


@dataclass(frozen=True)
class Entry:
    """One change of a service: `before` and `after` are percents by version; `version` is the one that it was about."""

    time: str
    who: str
    verb: str
    environment: str
    service: str
    version: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    outcome: str
    reason: str
    commit: str


def require_commit() -> None:
    """Raise OperationError if git refuses to tell the commit, which every entry has: before a service is changed."""
    _commit()


def record(
    configuration: Configuration,
    verb: str,
    version: int,
    before: Mapping[int, int],
    after: Mapping[int, int],
    outcome: str,
    reason: str,
) -> None:
    """Append an entry; raises OSError if it cannot be written, and OperationError as `require_commit`."""
    entry = Entry(
        datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        _who(),
        verb,
        configuration.environment,
        configuration.service,
        version,
        {str(name): share for name, share in before.items()},
        {str(name): share for name, share in after.items()},
        outcome,
        reason,
        _commit(),
    )
    append(configuration, entry)


def append(configuration: Configuration, entry: Entry) -> None:
    """Write the entry behind the others, in one piece and onto the disk."""
    file = _file(configuration)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as stream:
        # A line that was cut off, by a full disk, must not spoil this one.
        start = b"\n" if stream.tell() and not _ends_a_line(file) else b""
        stream.write(start + json.dumps(asdict(entry)).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def entries(configuration: Configuration) -> Iterator[Entry]:
    """Yield the entries of the environment's services, oldest first; what was cut off is passed over."""
    file = _file(configuration)
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    for line in lines:
        with suppress(ValueError, TypeError):
            entry = Entry(**json.loads(line))
            if entry.environment == configuration.environment:
                yield entry


def last_that_passed(configuration: Configuration, traffic: Mapping[int, int]) -> int | None:
    """Return the version that took all the traffic, and well, before the one that came last; None if there is none.

    `traffic` is what there is now: a deployment that was killed has left no entry. A version that was rolled back from
    counts only if it has been deployed again since.
    """
    # What was ended has not brought any version into service: one that waited must not count as the one that came last.
    passed = [
        one
        for one in entries(configuration)
        if (one.service, one.outcome) == (configuration.service, DONE) and one.verb != "undeploy"
    ]
    left = _came_last(passed[-1], traffic) if passed else set()
    for entry in reversed(passed):
        if entry.version not in left and entry.after.get(str(entry.version)) == ALL:
            return entry.version
        if entry.verb == "rollback":
            left |= {int(version) for version, share in entry.before.items() if share}
    return None


def _came_last(last: Entry, traffic: Mapping[int, int]) -> set[int]:
    """Return the version of the last entry or, if more has happened since, those that take more than it says."""
    grown = {version for version, share in traffic.items() if share > last.after.get(str(version), 0)}
    return grown or {last.version}


def _file(configuration: Configuration) -> Path:
    return configuration.outputs / "services" / FILE


def _ends_a_line(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def _who() -> str:
    """Return the person for whom a pipeline runs, or the user of this machine."""
    if person := os.environ.get("BUILD_REQUESTEDFOREMAIL") or os.environ.get("BUILD_REQUESTEDFOR"):
        return person
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "unknown"


def _commit() -> str:
    try:
        return ask(ROOT, "rev-parse", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
