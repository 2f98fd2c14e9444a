"""The run itself: stages, jobs, steps and their tasks."""
