"""The reader's files of exercises: `tangle.py practice`."""
