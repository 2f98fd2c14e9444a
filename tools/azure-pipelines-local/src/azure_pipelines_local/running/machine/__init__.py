"""Use this machine for a run: processes, folders, git, secrets."""
