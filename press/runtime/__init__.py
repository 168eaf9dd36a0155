"""What becomes build/byhand/__init__.py, and its companions."""
