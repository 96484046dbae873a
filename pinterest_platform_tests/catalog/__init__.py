"""What the catalog reads out of model files, what it refuses, and the SQL it writes for each engine."""
