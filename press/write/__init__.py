"""Modules, tests and notebooks, and how they reach the disk."""
