"""A folder of files becomes chapters, each parsed once."""
