"""The raw tables: where they come from, and the snapshot of them that a run reads."""
