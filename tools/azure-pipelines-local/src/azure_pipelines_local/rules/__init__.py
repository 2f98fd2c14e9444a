"""The rules, beyond what `azure_pipelines_local.model` refuses in any pipeline."""
