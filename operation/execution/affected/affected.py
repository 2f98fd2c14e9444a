"""`invoke affected`: show what a change can touch; `--json` is for programs, and noxfile.py is one."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.affected.changes import Changes, find_changes
from operation.execution.affected.decision import Decider, Outcome, Readings, Reason
from operation.execution.affected.references import References
from operation.execution.affected.sessions import SESSIONS, read_sessions
from operation.execution.affected.targets import Targets

ROOT = Path(__file__).resolve().parents[3]
MANY = 3  # reasons are shown of each thing; --json has all
NOTHING = "nothing"
VARIABLE = "trains"  # of the step, which train.yml reads
CONFIGURED = "configured"  # in a pipeline, the use case that configuration.yaml names


@dataclass(frozen=True)
class Affected:
    """What a change can touch; `use_cases` also says of each whether its model can become another one."""

    changes: Changes
    use_cases: Mapping[str, tuple[list[Reason], bool]]
    tools: Mapping[str, list[Reason]]
    sessions: Sequence[Outcome]
    pipelines: Mapping[str, list[Reason]]

    def as_json(self) -> dict[str, Any]:
        """Return all of it in values that JSON has."""
        return {
            "since": self.changes.since,
            "base": self.changes.base,
            "changes": {
                path: {"change": change, "committed": path not in self.changes.uncommitted}
                for path, change in sorted(self.changes.files.items())
            },
            "use_cases": {name: {"trains": trains, **_why(why)} for name, (why, trains) in self.use_cases.items()},
            "tools": {name: _why(why) for name, why in self.tools.items()},
            "sessions": {
                each.session: {"whole": each.whole, "files": sorted(each.files), **_why(each.reasons)}
                for each in self.sessions
                if each.affected
            },
            "skipped": [each.session for each in self.sessions if not each.affected],
            "pipelines": {name: _why(why) for name, why in self.pipelines.items()},
        }


def find_affected(root: Path, since: str) -> Affected:
    """Find out what the changes since a branch left `since` can touch; raises OperationError as `find_changes` does."""
    changes = find_changes(root, since)
    return decide(changes, References(root, changes.tree))


def decide(changes: Changes, references: References, readings: Readings | None = None) -> Affected:
    """Decide about everything there is; `readings` keeps what is found out for more decisions about the same tree."""
    decider = Decider(changes, references, _read={} if readings is None else readings)
    targets = Targets(decider)
    sessions = [decider.session(name) for name in read_sessions(references.root)]
    return Affected(changes, targets.use_cases(), targets.tools(), sessions, targets.pipelines())


def show_affected(since: str, explain: bool, as_json: bool) -> None:
    """Print what is affected; raises OperationError for both options at once, and as `find_changes` does."""
    if explain and as_json:
        raise OperationError("--json has every reason already: leave out --explain.")
    found = find_affected(ROOT, since)
    if as_json:
        print(json.dumps(found.as_json(), indent=2))
        return
    for line in lines(found, explain):
        print(line)
    if os.environ.get("TF_BUILD"):  # an agent of Azure Pipelines
        print(f"##vso[task.setvariable variable={VARIABLE};isOutput=true]{trained(found, ROOT)}")


def trained(found: Affected, root: Path) -> str:
    """Return the use cases whose models can become others, each between commas, as train.yml looks for its own."""
    names = [name for name, (_, trains) in found.use_cases.items() if trains]
    shared = root / "configuration" / "configuration.yaml"
    default = re.search(r"^use_case:\s*['\"]?(\w+)", shared.read_text(encoding="utf-8"), re.MULTILINE)
    return "".join(f",{name}," for name in [*names, *([CONFIGURED] if default and default[1] in names else [])])


def lines(found: Affected, explain: bool) -> list[str]:
    """Say it in lines, each with its reasons if they are asked for."""
    changes = found.changes
    count, loose = len(changes.files), len(changes.uncommitted)
    head = f"{count} changed {'file' if count == 1 else 'files'} since {changes.since} ({changes.base[:8]})"
    shown = [f"{head}, {loose} of them in no commit yet" if loose else head]
    groups = {
        "use cases": {name: (_of_use_case(name, trains), why) for name, (why, trains) in found.use_cases.items()},
        "tools": {name: (name, why) for name, why in found.tools.items()},
        "sessions": {each.session: (_of_session(each), each.reasons) for each in found.sessions if _runs(each)},
        "by hand": {each.session: (each.session, each.reasons) for each in found.sessions if _by_hand(each)},
        "pipelines": {name: (name, why) for name, why in found.pipelines.items()},
    }
    for title, group in groups.items():
        shown.append(f"{title}: {', '.join(text for text, _ in group.values()) or NOTHING}")
        shown += [f"  {name}: {reason}" for name, (_, why) in group.items() if explain for reason in _first(why)]
    skipped = [each.session for each in found.sessions if not each.affected]
    return [*shown, f"not affected: {', '.join(skipped) or NOTHING}"]


def _first(reasons: Sequence[Reason]) -> list[str]:
    more = [f"and {len(reasons) - MANY} more"] if len(reasons) > MANY else []
    return [*map(str, reasons[:MANY]), *more]


def _runs(outcome: Outcome) -> bool:
    return outcome.affected and not _by_hand(outcome)


def _by_hand(outcome: Outcome) -> bool:
    declared = SESSIONS.get(outcome.session)
    return outcome.affected and declared is not None and declared.by_hand


def _of_session(outcome: Outcome) -> str:
    return outcome.session if outcome.whole else f"{outcome.session} ({len(outcome.files)} test files)"


def _of_use_case(name: str, trains: bool) -> str:
    return name if trains else f"{name} (its model stays the same)"


def _why(reasons: Sequence[Reason]) -> dict[str, Any]:
    return {"because": [{"file": each.file, "chain": list(each.chain), "how": each.how} for each in reasons]}
