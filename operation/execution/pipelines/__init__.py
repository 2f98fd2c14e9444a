"""The pipelines of Azure DevOps, checked, expanded and run on this machine."""
