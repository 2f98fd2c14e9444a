"""CPU of `run()` of score.py, and of ONNX Runtime alone, for one request again and again: printed in microseconds.

`python run_loop.py MODEL REQUEST TIMES`, with `src/` on the path.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path


def main() -> None:
    """Print what the request costs by `run()`, then by ONNX Runtime alone."""
    folder, request, times = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3])
    os.environ["AZUREML_MODEL_DIR"] = str(folder)
    import score

    score.init()
    assert score._service is not None
    matrix = score._service.decoder.decode(request).matrix
    scorer = score._service.scorer
    print(cpu(lambda: score.run(request), times), cpu(lambda: scorer.score(matrix), times))


def cpu(call: Callable[[], object], times: int) -> float:
    """Microseconds of this process for a call."""
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) / times * 1e6


if __name__ == "__main__":
    main()
