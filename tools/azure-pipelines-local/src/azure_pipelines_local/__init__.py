"""Azure Pipelines on this machine: the part of its language that README.md here says, and nothing of it by guess."""
