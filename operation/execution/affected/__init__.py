"""`invoke affected`: which use cases, tools, nox sessions and pipelines a change can touch. Standard library only."""
