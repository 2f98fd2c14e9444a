"""The expressions of Azure Pipelines: `${{ }}` in templates, `$[ ]` in variables, and conditions."""
