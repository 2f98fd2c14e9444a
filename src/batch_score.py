"""Score prepared rows in parquet files: processes share the parts, and a command that was killed goes on from there.

The output folder gets a file a part, rejected.parquet if rows could not be scored, metrics.json, and at last
manifest.json: while that is missing, the output is not complete. Memory is bounded by processes and batch, whatever the
size of the data, and the bytes of the output are the same for any number of processes.
"""

import argparse
import errno
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from learning.arguments import ScriptParser, add_scoring, integer
from learning.errors import InputError, exit_code
from learning.files import complete_file, existing, sha256, write_json
from learning.parts import (
    DONE,
    Part,
    Scored,
    Totals,
    Work,
    divide,
    end_with_parent,
    hash_files,
    hash_model,
    load_scorer,
    merge_rejected,
    score_part,
)
from learning.scoring import Scorer
from learning.tasks import MULTICLASS, REGRESSION

MANIFEST, METRICS, REJECTED = "manifest.json", "metrics.json", "rejected.parquet"
OURS = re.compile(r"(part-\d{5,}\.parquet|manifest\.json|metrics\.json|rejected\.parquet)(\.partial)?|\.done")


def parser() -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--data", type=Path, required=True, help="parquet file with the keys and the features, or a folder of such")
    add("--output", type=Path, required=True, help="folder for the scores; nothing else may be in it")
    add("--processes", type=integer(at_least=1, at_most=256), default=1, help="at once, of one thread (%(default)s)")
    add("--part-rows", type=integer(at_least=1), default=200_000, help="a part has at least so many (%(default)s)")
    add("--data-sha256", default="", help="hash of the raw tables, for the output (default: of the files of --data)")
    add_scoring(add)
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    arguments = parser().parse_args(argv)
    return exit_code(lambda: run(arguments))


def run(arguments: argparse.Namespace) -> None:
    """Score every part and write the manifest; raises InputError on what the arguments or files got wrong."""
    scorer, output = load_scorer(arguments.model), arguments.output
    require_apart(arguments.data, output)
    files = find_data(arguments.data)
    parts = list(divide(files, arguments.part_rows, [*(scorer.keys or ()), *scorer.columns]))
    origin = {
        "model_version": arguments.model_version,
        "model_sha256": hash_model(arguments.model),
        "data_sha256": arguments.data_sha256 or hash_files(parts),
        "git_commit": arguments.git_commit,
    }
    work = Work(arguments.model, output, arguments.batch_rows, origin)
    clear(output, parts)
    try:
        scored = score_all(parts, work, arguments.processes)
        finish(scorer, work, scored)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise InputError(
            f"the disk of {output} is full. What is scored is kept: free some space, and give the same command again"
        ) from error


def find_data(data: Path) -> list[Path]:
    """List the parquet files in and below a folder, without those of Spark's own; raises InputError if none is."""
    if not data.is_dir():
        return [existing(data)]
    found = [
        file
        for file in data.rglob("*.parquet")
        if not any(part.startswith((".", "_")) for part in file.relative_to(data).parts)
    ]
    if not found:
        raise InputError(f"{data} holds no parquet file: give a file or a folder of prepared rows")
    return sorted(found)


def require_apart(data: Path, output: Path) -> None:
    """Raise InputError for an output that is a file, or lies among the rows: the next scoring would read the scores."""
    if output.is_file():
        raise InputError(f"{output} is a file: choose a folder")
    if data.is_dir() and output.resolve().is_relative_to(data.resolve()):
        raise InputError(f"the output {output} lies in the data {data}: choose a folder elsewhere")


def is_ours(path: Path) -> bool:
    """Say whether a scoring has written the file: by its name and, of a part that can be read, by what it says."""
    if not OURS.fullmatch(path.name) or not path.name.startswith("part-"):
        return bool(OURS.fullmatch(path.name))
    try:
        return b"model_sha256" in (pq.read_schema(path).metadata or {})
    except (pa.ArrowException, OSError):  # half a file, of a command that was killed
        return True


def clear(output: Path, parts: Sequence[Part]) -> None:
    """Make the output folder, and delete what an earlier scoring of other data has left there.

    Raises InputError if it holds anything else.
    """
    output.mkdir(parents=True, exist_ok=True)
    foreign = sorted(path.name for path in output.iterdir() if not is_ours(path))
    if foreign:
        raise InputError(f"{output} holds {foreign[0]}, which is not of an earlier scoring: choose an empty folder")
    (output / DONE).mkdir(exist_ok=True)
    kept = {part.name for part in parts}
    for path in output.iterdir():
        if path.is_file() and path.name not in kept:
            path.unlink()


def score_all(parts: Sequence[Part], work: Work, processes: int) -> list[Scored]:
    """Score the parts, say after each how far it has come, and return what is known of them in their order.

    Raises InputError as `score_part`, or if a process was killed.
    """
    total, done, kept, start = sum(part.rows for part in parts), 0, 0, time.monotonic()
    scored: dict[str, Scored] = {}
    for each in scored_parts(parts, work, min(processes, len(parts))):
        scored[each.name] = each
        rows = each.totals.rows + each.totals.rejected
        done, kept = done + rows, kept + rows * each.kept
        print(progress(total, done, kept, time.monotonic() - start), flush=True)
    return [scored[part.name] for part in parts]


def progress(total: int, done: int, kept: int, seconds: float) -> str:
    """Say how far it has come: `kept` of the `done` rows are of an earlier command, and say nothing of the pace."""
    so_far = f"{done:,} of {total:,} rows"
    if done == kept:
        return f"{so_far}, kept from an earlier command" if kept else so_far
    pace = (done - kept) / max(seconds, 1e-3)  # a clock may not have moved yet
    return f"{so_far}, {pace:,.0f} a second, {(total - done) / pace:.0f} s left"


def scored_parts(parts: Sequence[Part], work: Work, processes: int) -> Iterator[Scored]:
    """Yield each part when it is scored; the first error ends all processes."""
    if processes < 2:
        yield from (score_part(part, work) for part in parts)
        return
    # Spawned and not forked: libraries with threads do not survive a fork.
    with ProcessPoolExecutor(processes, get_context("spawn"), end_with_parent) as pool:
        futures = [pool.submit(score_part, part, work) for part in parts]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise InputError(
                "a process was killed, perhaps for its memory: give fewer --processes or --batch-rows"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def finish(scorer: Scorer, work: Work, scored: Sequence[Scored]) -> None:
    """Write rejected.parquet, metrics.json and, when all else is there, manifest.json."""
    totals = Totals()
    for part in scored:
        totals.merge(part.totals)
    if totals.rejected:
        with complete_file(work.output / REJECTED) as partial:
            merge_rejected(scored, work.output, partial)
    metrics = summarize(totals, scorer)
    with complete_file(work.output / METRICS) as partial:
        write_json(partial, metrics)
    with complete_file(work.output / MANIFEST) as partial:
        write_json(partial, manifest(scorer, work, scored, metrics))
    lost = f", {totals.rejected:,} rejected: {REJECTED} says why" if totals.rejected else ""
    print(f"{totals.rows:,} rows scored in {len(scored)} part{'s' * (len(scored) != 1)}{lost}", flush=True)


def manifest(scorer: Scorer, work: Work, scored: Sequence[Scored], metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return what manifest.json says: where the scores come from, and each file with its rows and its hash."""
    parts = [
        {"file": each.name, "rows": each.totals.rows, "rejected": each.totals.rejected, "sha256": each.sha256}
        for each in scored
    ]
    rejected = work.output / REJECTED
    hashes = {REJECTED: sha256(rejected)} if metrics["rejected"] else {}
    return {"schema": 1, **work.origin, "keys": list(scorer.keys or ()), **metrics, **hashes, "parts": parts}


def summarize(totals: Totals, scorer: Scorer) -> dict[str, Any]:
    """Return the rows, and means: None where there is no row."""
    rows, counts = totals.rows, {"rows": totals.rows, "rejected": totals.rejected}
    width = max(1, len(scorer.classes))
    sums, chosen = totals.sums or [0.0] * width, totals.chosen or [0] * width
    means, shares = ([each / rows if rows else None for each in values] for values in (sums, chosen))
    if scorer.task == REGRESSION:
        return {**counts, "mean_prediction": means[0], "least": totals.least, "greatest": totals.greatest}
    if scorer.task == MULTICLASS:
        by_class = (dict(zip(scorer.classes, each, strict=True)) for each in (means, shares))
        return {**counts, **dict(zip(("mean_probability", "predicted_share"), by_class, strict=True))}
    return {**counts, "mean_probability": means[0], "share_over_half": shares[0]}


if __name__ == "__main__":
    raise SystemExit(main())
