"""Run stages, jobs, steps and their tasks."""
