"""Runs, as the tests of runs have them."""

from running.conftest import execute, repository

__all__ = ["execute", "repository"]
