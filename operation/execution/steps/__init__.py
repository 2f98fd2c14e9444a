"""Run steps: several at once, and none whose output is already kept."""
