"""The toy table of the unit tests, and models of it."""

from operation.tests.unit.src.learning.conftest import columns, fit, folders, model, rows, settings, tables

__all__ = ["columns", "fit", "folders", "model", "rows", "settings", "tables"]
