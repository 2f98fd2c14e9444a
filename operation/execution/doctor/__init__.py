"""Check that everything a run needs is there: `invoke setup` and `invoke doctor`."""
