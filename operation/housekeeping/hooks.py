"""Install the git hooks of this clone, for `invoke setup`."""

import subprocess
import sys
from pathlib import Path

from operation.errors import OperationError
from operation.git import environment

# Git starts hooks at the root of the work tree, with the PATH of whoever commits: an editor has no .venv activated.
# The second folder is for Windows.
FIND_TOOLS = 'export PATH="$PWD/.venv/bin:$PWD/.venv/Scripts:$PATH"\n'


def install_hooks(root: Path) -> Path:
    """Install pre-commit's hook in the clone at `root`, so that a plain `git commit` finds the tools of .venv.

    Returns the hook's file. Raises OperationError if `root` is not a clone, or its hooks are kept elsewhere.
    """
    command = [sys.executable, "-m", "pre_commit", "install", "--overwrite"]
    result = subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise OperationError(f"The git hooks could not be installed: {(result.stderr or result.stdout).strip()}")
    hook = hook_path(root)
    shebang, _, rest = hook.read_text(encoding="utf-8").partition("\n")
    hook.write_text(f"{shebang}\n{FIND_TOOLS}{rest}", encoding="utf-8", newline="\n")
    return hook


def hook_path(root: Path) -> Path:
    """Return the file that git looks for before a commit; in a work tree or with core.hooksPath it is elsewhere."""
    command = ["git", "rev-parse", "--git-path", "hooks/pre-commit"]
    result = subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True, check=True)
    return root / result.stdout.strip()
