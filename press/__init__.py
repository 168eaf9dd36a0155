"""The press: chapters in Markdown become modules, tests, notebooks, a site."""
