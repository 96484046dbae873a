"""How long every client of S3 retries trouble before it reports it. That outlasts throttling, and a sensor's tick
outlasts it.
"""

PATIENCE_SECONDS = 30
ATTEMPTS = 7
