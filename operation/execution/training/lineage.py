"""Collect where a model comes from: enough to make it again, and to say whether that is possible."""

import hashlib
import platform
import subprocess

from operation.execution.configuration.sections import ROOT, Configuration
from operation.git import ask

LOCK = ROOT / "requirements.lock"


def collect(configuration: Configuration, data_sha256: str) -> dict[str, str]:
    """Collect the tags a run carries: data, code, configuration, packages, seed and interpreter, all as text."""
    return {
        "data_sha256": data_sha256,
        **_git(),
        "configuration_sha256": configuration.sha256(),
        "lock_sha256": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "seed": str(configuration.seed),
        "python": platform.python_version(),
    }


def label_run(configuration: Configuration, kind: str) -> dict[str, str]:
    """Return the tags by which people tell runs apart: what kind it is, of which use case, on data from where."""
    return {"kind": kind, "use_case": configuration.use_case, "data_source": configuration.data.source}


def _git() -> dict[str, str]:
    """Read the commit and whether the tree differs from it; "unknown" where there is no git or no repository.

    Raises:
        OperationError: there is one that git refuses to read.
    """
    try:
        commit = ask(ROOT, "rev-parse", "HEAD")
        dirty = bool(ask(ROOT, "status", "--porcelain"))
    except (OSError, subprocess.CalledProcessError):
        return {"git_commit": "unknown", "git_dirty": "unknown"}
    return {"git_commit": commit, "git_dirty": str(dirty).lower()}
