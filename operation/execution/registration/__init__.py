"""From an ended run to a registered version: gate, registry, model card."""
