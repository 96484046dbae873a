"""Inputs that mean harm: records, objects, and what becomes of good records among them."""
