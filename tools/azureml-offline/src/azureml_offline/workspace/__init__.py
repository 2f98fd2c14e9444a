"""What one workspace knows and how its services answer: names, state, faults, refusals. No routes."""
