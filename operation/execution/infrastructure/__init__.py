"""The workspace and what belongs to it in Azure, from ARM templates: `invoke infra`."""
