"""Find the different pipelines that one entry can be."""
