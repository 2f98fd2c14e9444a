"""Experiments and their runs: history, metrics, snapshots, and jobs that really run."""
