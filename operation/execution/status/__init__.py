"""Show on one screen where every use case stands: `invoke status`."""
