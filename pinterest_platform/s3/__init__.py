"""S3: addresses in it, a bucket as boto3 resolves it, what other clients are told of that, and what can go wrong.

What lies in a bucket, and what it means, is up to `landing` and `lake`.
"""
