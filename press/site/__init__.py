"""Pages become the website."""
