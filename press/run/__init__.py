"""Chapters are executed, when what they depend on has changed."""
