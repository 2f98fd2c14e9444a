"""Run a script, or with -m a module, that must not outlive the process which started it, not even after `kill -9`.

`python leash.py SCRIPT ARGUMENTS...` expects a pipe as its stdin, whose other end only the parent holds. The operating
system closes that when the parent dies, however it dies, on Linux, macOS and Windows alike; a thread here sees it and
ends the process with all that it has started. (Linux's own signal for this comes when the parent's *thread* ends.)

It is run by its path and knows nothing of the project, so that a script runs as if it had been started by itself.
"""

import os
import runpy
import signal
import sys
from pathlib import Path
from threading import Thread


def main() -> None:
    """Run what the command line names, without a stdin of its own."""
    pipe = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    Thread(target=_watch, args=(pipe,), daemon=True).start()
    if sys.argv[1] == "-m":
        sys.path[0] = os.getcwd()  # noqa: PTH109  as Python's own -m does
        sys.argv[:] = sys.argv[2:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = sys.argv[1:]
        sys.path[0] = str(Path(sys.argv[0]).parent)
        runpy.run_path(sys.argv[0], run_name="__main__")


def end_all() -> None:
    """End this process at once, and the processes that it has started."""
    if sys.platform == "win32":
        import subprocess  # slow to import, and needed here alone

        subprocess.run(["taskkill", "/T", "/F", "/PID", str(os.getpid())], check=False)  # noqa: S607  Windows has it
    elif os.getpgrp() == os.getpid():  # else the group is that of whoever started us
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _watch(pipe: int) -> None:
    while os.read(pipe, 1):  # nobody writes: this waits for the end
        pass
    end_all()


if __name__ == "__main__":
    main()
