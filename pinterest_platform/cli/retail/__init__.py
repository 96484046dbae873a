"""Commands that only the retail domain has: making its sources, and the demo of the whole way."""
