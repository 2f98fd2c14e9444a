"""Run the script of a job, and send what its runs have not sent yet when it ends, as Azure ML's own wrapper does.

It runs in the environment of the job, as a file: nothing of this package need be there.
"""

import contextlib
import io
import runpy
import sys
from pathlib import Path

SECONDS = 300.0  # that the SDK may take for it


def main(arguments: list[str]) -> None:
    """Run the first of the arguments as `python` would, with the others as its own."""
    sys.argv = arguments
    sys.path[0] = str(Path(arguments[0]).resolve().parent)  # the folder of the script, in place of this one's
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    finally:
        _flush()


def _flush() -> None:
    """Let the SDK send the metrics in memory, if the script has used it at all."""
    used = sys.modules.get("azureml._run_impl.run_base")
    runs = getattr(used, "_RunBase", None)
    if runs is not None:
        with contextlib.redirect_stdout(io.StringIO()):  # it counts what it sends, which is no output of the script
            runs._kill(timeout=SECONDS)


if __name__ == "__main__":
    main(sys.argv[1:])
