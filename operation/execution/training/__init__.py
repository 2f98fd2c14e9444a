"""From raw tables to an evaluated run: `invoke train`, and its parts."""
