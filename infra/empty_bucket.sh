#!/usr/bin/env bash
# Deletes all versions of all objects of a bucket, a thousand at a time.
set -euo pipefail
bucket=$1
while true; do
    versions=$(aws s3api list-object-versions --bucket "$bucket" --max-items 1000 --output json \
        --query '{Quiet: `true`, Objects: [Versions, DeleteMarkers][] | [].{Key: Key, VersionId: VersionId}}')
    [[ $versions == *VersionId* ]] || break
    aws s3api delete-objects --bucket "$bucket" --delete "$versions"
done
echo "$bucket is empty"
