"""A fixture of both sessions."""

from operation.tests.studying import study

__all__ = ["study"]
