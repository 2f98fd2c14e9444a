"""Checking all pipelines of a repository: which there are, which rules are on, what is ignored, what is found."""
