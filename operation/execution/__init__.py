"""What the Invoke tasks call: one room a verb."""
