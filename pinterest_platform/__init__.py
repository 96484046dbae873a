"""Pinterest-like events into Delta tables: see README.md for what it does, CONTRIBUTING.md for where things go."""
