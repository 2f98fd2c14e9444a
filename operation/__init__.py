"""Everything that handles the core scripts; it runs them as scripts and never imports them."""
