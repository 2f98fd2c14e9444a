"""The different pipelines that one entry can be: parameters, and what started the run."""
