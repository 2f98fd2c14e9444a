"""Is everything there that a run needs: `invoke setup` and `invoke doctor`."""
