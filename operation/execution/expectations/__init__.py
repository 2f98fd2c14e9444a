"""Expectations that learn: profiles of accepted data, and the bounds that they propose to a reviewer."""
