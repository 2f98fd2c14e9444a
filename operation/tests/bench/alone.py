"""ONNX Runtime alone on a whole table: print the seconds on the clock, and those of the CPU.

`python alone.py MODEL ROWS`, with `src/` on the path. The rows are read and encoded before.
"""

import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

from learning.scored_tables import encode
from learning.scoring import Scorer


def main() -> None:
    """Score once."""
    scorer = Scorer.load(Path(sys.argv[1]))
    matrix = encode(pq.read_table(sys.argv[2], columns=scorer.columns), scorer.features)
    wall, cpu = time.perf_counter(), time.process_time()
    scorer.score(matrix)
    print(time.perf_counter() - wall, time.process_time() - cpu)


if __name__ == "__main__":
    main()
