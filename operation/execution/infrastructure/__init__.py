"""`invoke infra`: create the workspace and what belongs to it in Azure, from ARM templates."""
