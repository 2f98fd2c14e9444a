"""`invoke test` and `invoke lint`: the nox sessions that check the code."""

import subprocess
import sys

from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT


def run(sessions: str) -> None:
    """Run the comma-separated nox sessions; raises OperationError if one fails."""
    names = [name.strip() for name in sessions.split(",")]
    command = [sys.executable, "-m", "nox", "--session", *names]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise OperationError(f"A session failed; see above. To repeat it: nox -s {' '.join(names)}")
