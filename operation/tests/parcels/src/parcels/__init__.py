"""Parcels that may be overdue: what the tests of the engine run on, so that no change of a use case breaks them."""
