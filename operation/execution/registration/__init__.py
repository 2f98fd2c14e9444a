"""From a completed run to a registered version: gate, registry, model card."""
