"""Make a registered version again from its commit, and compare every byte: `invoke reproduce`."""
