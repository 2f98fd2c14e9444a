"""YAML documents as nodes that know their place, and back to text."""
