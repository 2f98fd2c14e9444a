"""The workspace as a resource: sign-in, Resource Manager, compute targets, environments, secrets."""
