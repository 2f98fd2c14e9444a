"""`invoke compare`: two runs side by side, with what differs and how sure it is that one is better."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.comparison import changes
from operation.execution.comparison.changes import Change, Compared
from operation.execution.comparison.page import write_comparison
from operation.execution.comparison.records import Kept, find_kept
from operation.execution.configuration.sections import Configuration
from operation.execution.explanation.explain import run_core_script
from operation.execution.json_files import read_json, write_json
from operation.execution.leftovers import in_order
from operation.execution.registration.card_words import number

COMPARED, RECORD = "compared.json", "comparison.json"
MOST_LINES = 30  # of a table in the terminal; the page has them all


def compare(configuration: Configuration, first: str, second: str) -> Path:
    """Compare two runs, print what differs, write it as a page, and return the folder.

    Raises:
        OperationError: a run does not exist, did not complete, is of another use case, or lacks a file.
    """
    backend = connect(configuration)
    with in_order(configuration, backend):
        ours, theirs = (find_kept(configuration, backend.runs, given) for given in (first, second))
        folder = configuration.outputs / "comparisons" / f"{_name(ours)}-{_name(theirs)}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        found = Compared(
            ours,
            theirs,
            changes.configuration_changes(ours, theirs),
            changes.data_changes(ours, theirs),
            changes.environment_changes(ours, theirs),
            changes.describe_code(ours, theirs),
            _compare_rows(configuration, ours, theirs, folder),
        )
        write_json(folder / RECORD, as_json(found))
        write_comparison(folder, found)
    _show(found, folder)
    return folder


def as_json(found: Compared) -> dict[str, Any]:
    """Collect all that is known, for programs."""
    runs = {name: {"run": kept.id, "metrics": kept.evaluation["metrics"]} for name, kept in _both(found).items()}
    kinds = ("configuration", "data", "environment")
    listed = {kind: [asdict(each) for each in getattr(found, kind)] for kind in kinds}
    return {**runs, **listed, "code": found.code, "paired": dict(found.paired)}


def _both(found: Compared) -> dict[str, Kept]:
    return {"first": found.first, "second": found.second}


def _name(kept: Kept) -> str:
    return re.sub(r"[^\w.-]", "_", kept.id)[:100]


def _compare_rows(configuration: Configuration, first: Kept, second: Kept, folder: Path) -> dict[str, Any]:
    """Score the test rows that both runs have with both models; what stands in the way is said, and nothing fails."""
    for kept in (first, second):
        for needed in ("prepared/test.parquet", "model/model.onnx"):
            if not (kept.folder / needed).is_file():
                return {"impossible": f"run {kept.id} has no {needed} here"}
    settings, words = second.configuration.get("evaluation", {}), []
    for name, kept in (("first", first), ("second", second)):
        words += [f"--{name}-model", str(kept.folder / "model"), f"--{name}-data", str(kept.folder / "prepared")]
    sliced = [name for name in second.evaluation["slices"] if name in first.evaluation["slices"]]
    together = {each.configuration.get("evaluation", {}).get("resample_by", "") for each in (first, second)}
    words += ["--output", str(folder / "rows"), "--target", str(second.evaluation["target"])]
    words += ["--metric", configuration.gate.metric, "--slices", *sliced]
    words += ["--resample-by", settings.get("resample_by", "") if len(together) == 1 else ""]
    words += ["--confidence", str(configuration.gate.confidence), "--seed", str(configuration.seed)]
    with console.step("compare") as note:
        try:
            note.text = run_core_script(configuration, "compare.py", words)
        except OperationError as error:
            note.text = str(error)
            return {"impossible": str(error)}
    return read_json(folder / "rows" / COMPARED)


def _show(found: Compared, folder: Path) -> None:
    names = [found.first.id, found.second.id]
    for title in ("configuration", "data", "environment"):
        listed: list[Change] = getattr(found, title)
        rows = [[each.name, each.first, each.second] for each in listed[:MOST_LINES]]
        if rows:
            differs = "1 value differs" if len(listed) == 1 else f"{len(listed)} values differ"
            console.table(f"{title.capitalize()}: {differs}", ["", *names], rows)
        else:
            console.say(f"{title.capitalize()}: the same.")
    console.say(f"Code: {found.code}")
    if "impossible" in found.paired:
        metrics = [each.evaluation["metrics"] for each in (found.first, found.second)]
        rows = [[name, number(value), number(metrics[1].get(name))] for name, value in metrics[0].items()]
        console.table("Metrics, each on its own test rows", ["metric", *names], rows)
        console.say(f"No paired comparison: {found.paired['impossible']}.")
    else:
        rows = [[name, *_cells(each)] for name, each in found.paired["metrics"].items()]
        title = f"Metrics on {found.paired['rows']:,} common test rows"
        head = ["metric", *names, "difference", f"{found.paired['confidence']:.0%} interval", ""]
        console.table(title, head, rows)
    console.say(f"Side by side  {folder / 'index.html'}")


def _cells(each: Mapping[str, float]) -> list[str]:
    interval = f"{each['lower']:+.4f} to {each['upper']:+.4f}"
    return [f"{each['first']:.4f}", f"{each['second']:.4f}", f"{each['difference']:+.4f}", interval, verdict(each)]


def verdict(each: Mapping[str, float]) -> str:
    """Say which run is better, if the interval of the difference is on one side of 0."""
    if each["lower"] > 0:
        return "second is better"
    return "first is better" if each["upper"] < 0 else "no difference beyond chance"
