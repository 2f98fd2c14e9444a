"""Static checks of expanded pipelines, beyond what no pipeline can be (`operation.ado.model`)."""
