"""What the Invoke tasks call: one verb a module."""
