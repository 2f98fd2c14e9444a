"""`invoke doctor --ado`: whether Azure DevOps has what azure-pipelines/required.yaml lists."""
