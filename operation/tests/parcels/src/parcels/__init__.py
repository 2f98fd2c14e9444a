"""Parcels that arrive too late: what the tests of the engine run on, so that no change of a use case breaks them."""
