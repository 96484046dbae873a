"""S3: addresses, buckets as boto3 resolves them, settings for other clients, and errors.

`landing` and `lake` define the contents of buckets.
"""
