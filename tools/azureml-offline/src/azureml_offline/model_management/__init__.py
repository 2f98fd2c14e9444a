"""Models, and the web services that they are deployed to."""
