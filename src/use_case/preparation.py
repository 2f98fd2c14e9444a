"""How the use case makes the rows that models learn from out of raw tables."""

from flights.data import PARTS, Rules, part_rows, prepare, summary

__all__ = ["PARTS", "Rules", "part_rows", "prepare", "summary"]
