"""Programs of others that judge pipelines: Microsoft's language service with its schema, and shellcheck."""
