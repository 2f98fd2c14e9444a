"""Static checks of expanded pipelines, beyond what no pipeline can be (`azure_pipelines_local.model`)."""
