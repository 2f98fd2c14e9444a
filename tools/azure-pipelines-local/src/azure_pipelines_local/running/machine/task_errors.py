"""Errors that fail a step, and how they are described."""

import re
import shutil

from azure_pipelines_local.errors import PipelinesLocalError


class TaskError(Exception):
    """The message of a task that fails; its step is marked as failed, and the job goes on as its conditions say."""


# What fails a step and never the run: missing files, names that are too long, invalid patterns. A step is made of
# inputs that nobody has checked, so that tasks need not foresee each of these.
FAILURES = (TaskError, PipelinesLocalError, OSError, ValueError, re.error)


def describe_error(error: Exception) -> str:
    """Describe the error in one line of at most 500 characters."""
    text = str(error)
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):  # of copying a folder: all that failed
        (source, _, reason), others = error.args[0][0], len(error.args[0]) - 1
        text = f"{source} cannot be copied: {reason}" + (f" (and {others} more)" if others else "")
    return " ".join(text.split())[:500] or type(error).__name__
