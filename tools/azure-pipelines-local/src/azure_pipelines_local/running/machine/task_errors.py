"""How a step fails."""

import re
import shutil

from azure_pipelines_local.errors import PipelinesLocalError


class TaskError(Exception):
    """What a task says when it fails; the step is marked as failed, and the job goes on as its conditions say."""


# What fails a step and never the run: files that are gone, names that are too long, patterns that are none.
FAILURES = (TaskError, PipelinesLocalError, OSError, ValueError, re.error)


def told(error: Exception) -> str:
    """What is told of it, in one line."""
    text = str(error)
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):  # of copying a folder: all that failed
        (source, _, reason), others = error.args[0][0], len(error.args[0]) - 1
        text = f"{source} cannot be copied: {reason}" + (f" (and {others} more)" if others else "")
    return " ".join(text.split())[:500] or type(error).__name__
