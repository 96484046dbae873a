"""How long every S3 client retries before it reports an error.

This is longer than typical throttling and shorter than a sensor's tick.
"""

PATIENCE_SECONDS = 30
ATTEMPTS = 7
