"""Executed chapters become pages of plain Markdown."""
