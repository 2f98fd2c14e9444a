"""What keeps the repository itself in order: locks and pins, diagrams, hooks. No run needs it."""
