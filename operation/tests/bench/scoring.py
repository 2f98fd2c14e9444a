"""What `batch_score.py` costs beside ONNX Runtime alone, and what more processes and Spark gain, in CPU seconds.

`python -m operation.tests.bench.scoring --model FOLDER --rows FILE` needs a model of train.py and the rows.parquet of
`prepare.py --purpose scoring`. Each figure is the best of some rounds, as others may want the machine, too.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

SCRIPTS = Path(__file__).resolve().parents[3] / "src"
ALONE = """
import sys, time
from pathlib import Path
import numpy as np
from learning.scoring import Scorer
scorer, matrix = Scorer.load(Path(sys.argv[1])), np.load(sys.argv[2])
begin = time.process_time()
scorer.score(matrix)
print(time.process_time() - begin)
"""
ENCODE = """
import sys
import numpy as np
import pyarrow.parquet as pq
from pathlib import Path
from learning.scored_tables import encode
from learning.scoring import Scorer
np.save(sys.argv[3], encode(pq.read_table(sys.argv[2]), Scorer.load(Path(sys.argv[1])).features))
"""


def main() -> int:
    """Print a table."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--rows", type=Path, required=True)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    with TemporaryDirectory() as folder:
        measure(given.model, given.rows, given.rounds, Path(folder))
    return 0


def measure(model: Path, rows: Path, rounds: int, folder: Path) -> None:
    """Measure in turn, so that what the machine does else falls on all alike."""
    matrix = folder / "matrix.npy"
    run(["-c", ENCODE, str(model), str(rows), str(matrix)])
    count = len(np.load(matrix, mmap_mode="r"))
    alone, one, none = list[float](), list[float](), list[float]()
    wall: dict[int, list[float]] = {1: [], 2: []}
    empty = folder / "empty.parquet"
    run(
        [
            "-c",
            "import sys, pyarrow.parquet as pq; pq.write_table(pq.read_table(sys.argv[1]).slice(0, 0), sys.argv[2])",
            str(rows),
            str(empty),
        ]
    )
    for number in range(rounds):
        alone.append(float(run(["-c", ALONE, str(model), str(matrix)])[0]))
        none.append(scored(model, empty, folder / f"none{number}", 1)[0])
        for processes in wall:
            cpu, seconds = scored(model, rows, folder / f"{processes}-{number}", processes)
            wall[processes].append(seconds)
            one += [cpu] if processes == 1 else []
    start, work = min(none), min(one) - min(none)
    print(f"ONNX Runtime alone    {min(alone):6.2f} CPU s  {count / min(alone):9,.0f} rows/s")
    print(
        f"one process           {work:6.2f} CPU s  {count / work:9,.0f} rows/s  {min(alone) / work:.2f} of it; "
        f"start {start:.2f} s apart"
    )
    print(f"two processes         {min(wall[1]) / min(wall[2]):.2f} times as fast as one on the clock, start included")


def scored(model: Path, rows: Path, output: Path, processes: int) -> tuple[float, float]:
    """Return the CPU seconds and the seconds on the clock of a scoring."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    words = ["--data", str(rows), "--model", str(model), "--output", str(output), "--processes", str(processes)]
    run([str(SCRIPTS / "batch_score.py"), *words, "--part-rows", "100000"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, time.perf_counter() - begin


def run(words: list[str]) -> list[str]:
    """Run Python with the scripts at hand; return the lines that it prints."""
    done = subprocess.run([sys.executable, *words], cwd=SCRIPTS, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


if __name__ == "__main__":
    raise SystemExit(main())
