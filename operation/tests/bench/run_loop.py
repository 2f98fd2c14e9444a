"""CPU of `run()` of score.py, and of ONNX Runtime alone, for requests of a hundred records: printed in microseconds.

`python run_loop.py MODEL RECORDS TIMES`, with `src/` on the path; RECORDS is a request of several hundred, which are
asked in turn. One hundred again and again, and nothing between, would have the processor learn the way through every
tree: ONNX Runtime alone then takes a third less than for any request that it has not just had, which nobody sends.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROWS, SLICES = 100, 10


def main() -> None:
    """Print what a request costs by `run()`, then by ONNX Runtime alone; they take turns."""
    folder, records, times = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())["data"], int(sys.argv[3])
    os.environ["AZUREML_MODEL_DIR"] = str(folder)
    import score

    score.init()
    assert score._service is not None
    bodies = [json.dumps({"data": records[start : start + ROWS]}).encode() for start in range(0, len(records), ROWS)]
    matrices = [score._service.decoder.decode(body).matrix for body in bodies]
    ours = alone = 0.0
    for _ in range(SLICES):
        ours += cpu(score.run, bodies, times // SLICES)
        alone += cpu(score._service.scorer.score, matrices, times // SLICES)
    print(ours / SLICES, alone / SLICES)


def cpu(call: Callable[[Any], object], requests: Sequence[object], times: int) -> float:
    """Microseconds of this process for a call, each with the next of the requests."""
    started = time.process_time()
    for number in range(times):
        call(requests[number % len(requests)])
    return (time.process_time() - started) / times * 1e6


if __name__ == "__main__":
    main()
