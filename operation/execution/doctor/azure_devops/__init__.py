"""`invoke doctor --ado`: check that Azure DevOps has what azure-pipelines/required.yaml lists."""
