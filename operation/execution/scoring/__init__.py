"""Score whole tables with a registered version: `invoke score`."""
