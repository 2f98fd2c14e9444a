"""Become the module that the first argument names, as `python -m` does, with an answer to an early Ctrl-C.

`bootstrap.py` runs this file by its path, in the environment that it has made.
"""

import importlib
import runpy
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)

if __name__ == "__main__":
    sys.path[:] = [ROOT, *(path for path in sys.path if path != str(Path(__file__).parent))]
    from operation.interrupts import end_at_once, raise_again

    end_at_once()
    module = sys.argv.pop(1)
    if module != "invoke":  # whose verbs say themselves from when on they have something to clean up
        importlib.import_module(module)
        raise_again()
    runpy.run_module(module, run_name="__main__", alter_sys=True)
