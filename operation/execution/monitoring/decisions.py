"""Read the decisions of earlier looks, decide beside them, and hand a new one over.

Each look has a folder; those of one use case stand beside one another. What later looks need of it is also kept in tags
of the model's version, since most agents have lost their folders by the next look.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Registry
from operation.execution.json_files import read_json
from operation.execution.values import MONITORING, ModelVersion
from operation.monitoring.decision import decide, describe_decision, say_span

if TYPE_CHECKING:
    from operation.monitoring.thresholds import Finding

DECISION = "decision.json"
PARTS = {"decision", "reasons", "version", "train", "window"}  # what is read of an earlier decision ...
OF_WINDOW = {"first", "last", "rows"}  # ... and of its window
REMEMBERED = 5  # decisions: the window before is among them, and those on windows that overlap the next one
FOLLOWED = ("decision", "drift", "judged", "train")  # what a later decision needs of one ...
REMEMBERED_PARTS = {"look", "window", "decision", "drift", "train"}  # ... of which only `judged` may be missing
DAY = 10  # characters of a day: a log's window begins at a moment
VARIABLE = "train"  # of the step, which azure-pipelines/monitor.yml reads


def read_decisions(folder: Path, warn: Callable[[str], object] = console.say) -> dict[Path, dict[str, Any]]:
    """Read the decisions of earlier looks by their file, the oldest first; a damaged one is passed over with a word."""
    decisions = {}
    for file in sorted(folder.glob(f"*/{DECISION}")):
        try:
            decision = read_json(file, "")
        except OperationError as error:
            warn(f"Passed over a decision: {str(error).strip()}")
            continue
        window = decision.get("window")
        window = window if isinstance(window, dict) else {}
        lost = [*(PARTS - decision.keys()), *(OF_WINDOW - window.keys())]
        defect = f"it has no {min(lost)}" if lost else find_defect(window)
        if defect:
            warn(f"Passed over a decision: {file} is damaged: {defect}.")
        else:
            decisions[file] = decision
    return decisions


def decisions_of(folder: Path, model: ModelVersion) -> list[dict[str, Any]]:
    """Read those on windows of that version, the oldest first: of this machine, and what the version remembers."""
    here = {file.parent.name: each for file, each in read_decisions(folder).items() if each["version"] == model.version}
    return [each for _, each in sorted((remembered(model) | here).items())]


def remember(registry: Registry, model: ModelVersion, look: str, found: Mapping[str, Any]) -> None:
    """Write what later looks need of the decision into a tag of its version, in place of the oldest one.

    `look` is the name of its folder, which begins with the time. A tag has at most 256 characters, as in Azure.
    """
    kept = {"look": look, "window": found["window"]} | {name: found[name] for name in FOLLOWED if name in found}
    looks = {
        f"{MONITORING}{slot}": _read_tag(model, f"{MONITORING}{slot}").get("look", "") for slot in range(REMEMBERED)
    }
    registry.annotate(model, min(looks, key=lambda tag: str(looks[tag])), json.dumps(kept, separators=(",", ":")))


def remembered(model: ModelVersion) -> dict[str, dict[str, Any]]:
    """Read the decisions in the tags of a version, by the names of their folders; a damaged one does not count."""
    found = [_read_tag(model, tag) for tag in model.tags if tag.startswith(MONITORING)]
    return {str(each["look"]): each | {"version": model.version} for each in found if each}


def _read_tag(model: ModelVersion, tag: str) -> dict[str, Any]:
    """Return the decision in a tag; an empty one if there is none, or it is not as `remember` wrote it."""
    try:
        found = json.loads(model.tags.get(tag, "null"))
        complete = found.keys() >= REMEMBERED_PARTS and found["window"].keys() >= OF_WINDOW
        complete = complete and not find_defect(found["window"])
    except (ValueError, AttributeError, RecursionError):
        return {}
    return dict(found) if complete else {}


def find_defect(window: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the days of a window, if anything; one without dates has none."""
    first, last = str(window["first"]), str(window["last"])
    if not _are_days(first, last):
        return None
    try:
        days = [date.fromisoformat(day[:DAY]) for day in (first, last)]
    except ValueError:
        return f"'{first} to {last}' are not the days of a window"
    return f"its window ends on {last}, before it begins on {first}" if days[1] < days[0] else None


def refuse_future(span: tuple[str, str], now: datetime) -> None:
    """Raise OperationError for a window that ends after tomorrow: a clock is wrong, or a day and a month swapped.

    So it does for one that ends before it begins.
    """
    if defect := find_defect({"first": span[0], "last": span[1]}):
        raise OperationError(f"The days of the window cannot be: {defect}. Correct the dates.")
    last, latest = span[1], (now + timedelta(days=1)).date().isoformat()
    if "-" in last and last > latest:
        raise OperationError(f"The window ends on {last}, which has yet to come. Correct the dates, or this clock.")


def decide_window(
    folder: Path, model: ModelVersion, findings: "Sequence[Finding]", span: tuple[str, str], rows: int
) -> dict[str, Any]:
    """Return the decision on a window as it is written into `folder`; `train` is true once a window."""
    known = decisions_of(folder.parent, model)
    before, overlap = find_before(known, span[0]), find_overlap(known, span) if rows and span[0] else None
    decision = decide(findings, rows, before)
    if overlap:
        console.say(say_overlap(overlap))
    return describe_decision(decision, span, rows) | {
        "version": model.version,
        "train": decision.action == "retrain" and not asked_before(known, span),
        "before": before["window"] if before else None,
        "overlap": overlap,
    }


def find_before(known: Sequence[Mapping[str, Any]], first: str) -> Mapping[str, Any] | None:
    """Find the decision on the latest window that ended before this one began, on the day `first`.

    Where that is not a day, the window before is the one that was looked at before; a scoring that is looked at again
    does not come before itself. One whose outcomes were too few to judge says nothing of the world: it is passed over.
    """
    judged = [each for each in known if each.get("judged", True) and each["window"]["rows"]]
    if "-" not in first:
        others = [each for each in judged if not _is_same(str(each["window"]["first"]), first)]
        return others[-1] if others else None
    earlier = [each for each in judged if str(each["window"]["last"]) < first]
    return max(earlier, key=lambda each: str(each["window"]["last"]), default=None)


def asked_before(known: Sequence[Mapping[str, Any]], span: tuple[str, str]) -> bool:
    """Say whether an earlier decision has asked to train for this window, or for one that overlaps it."""
    asked = [each["window"] for each in known if each["train"]]
    return any(_overlap((str(window["first"]), str(window["last"])), span) for window in asked)


def find_overlap(known: Sequence[Mapping[str, Any]], span: tuple[str, str]) -> dict[str, Any] | None:
    """Return `first` and `last` of the window looked at before that has the most days in common with this one.

    `days` says how many; it is None of a use case without dates, whose windows are the same or have nothing in common.
    """
    spans = [(str(each["window"]["first"]), str(each["window"]["last"])) for each in known if each["window"]["rows"]]
    shared = [(_days_in_common(one, span), one) for one in reversed(spans) if _overlap(one, span)]
    if not shared:
        return None
    days, (first, last) = max(shared, key=lambda each: each[0] or 0)
    return {"first": first, "last": last, "days": days}


def say_overlap(overlap: Mapping[str, Any]) -> str:
    """Say with which window this one has days in common, and what follows."""
    days, shared = overlap["days"], "was"
    if days is not None:
        shared = f"has {console.counted(days, 'day')} in common with {say_span(overlap)},"
    return (
        f"This window {shared} looked at before: it does not count as a second one in a row, and does not ask twice to "
        "train."
    )


def say_decision(found: Mapping[str, Any], report: Path) -> None:
    """Print the decision, its reasons, a line each, and where its report is."""
    console.say("\n  ".join([f"Decision: {found['decision']}", *found["reasons"]]))
    console.say(f"Report: {report}")


def _days_in_common(one: tuple[str, str], other: tuple[str, str]) -> int | None:
    if not _are_days(*one, *other):
        return None
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (date.fromisoformat(last[:DAY]) - date.fromisoformat(first[:DAY])).days + 1


def _overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Say whether two spans of days share one; spans of a use case without dates are the same or are not."""
    return (one[0] <= other[1] and other[0] <= one[1]) if _are_days(*one, *other) else _is_same(one[0], other[0])


def _are_days(*ends: str) -> bool:
    """Say whether ends of windows are days and no names."""
    return all("-" in end for end in ends)


def _is_same(one: str, other: str) -> bool:
    """Say whether two names are of the same tables: these and their scoring share a hash, which stands at the end."""
    return one.split(" ")[-1] == other.split(" ")[-1]


def describe_findings(findings: "Sequence[Finding]") -> dict[str, dict[str, float]]:
    """Return each measure with its limit, as metrics.json has them."""
    return {one.key: {"value": one.value, "limit": one.limit} for one in findings}


def check_output(output: str | None) -> Path | None:
    """Return the folder for the copy.

    Raises:
        OperationError: it holds something, which a copy might hide, or it cannot be made, which is better said now.
    """
    if output is None:
        return None
    folder = Path(output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OperationError(f"--output {output} is not an empty folder. Delete it, or name another one.")
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise OperationError(f"--output {output} cannot be written to: {there} does not allow it. Name another folder.")
    return folder


def hand_over(folder: Path, found: Mapping[str, Any], copy: Path | None) -> None:
    """Copy what was written, and set the variable of the step on an agent of Azure Pipelines."""
    if copy is not None:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        console.say(f"Copy: {copy}")
    if os.environ.get("TF_BUILD"):
        console.say(f"##vso[task.setvariable variable={VARIABLE};isOutput=true]{str(found['train']).lower()}")
