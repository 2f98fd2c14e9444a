"""`invoke test` and `invoke lint`: run the nox sessions that check the code."""

import subprocess
import sys
from pathlib import Path

from operation.errors import OperationError

ROOT = Path(__file__).resolve().parents[2]


def run(sessions: str) -> None:
    """Run the comma-separated nox sessions; raises OperationError if one fails."""
    names = [name.strip() for name in sessions.split(",")]
    command = [sys.executable, "noxfile.py", "--session", *names]  # not -m nox, which reads variables of its own
    if subprocess.run(command, cwd=ROOT).returncode:
        raise OperationError(f"A session failed; see above. To repeat it: nox -s {' '.join(names)}")
