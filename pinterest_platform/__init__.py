"""Loads Pinterest-like events into Delta tables. README.md describes the features, CONTRIBUTING.md the structure."""
