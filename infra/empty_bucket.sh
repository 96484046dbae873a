#!/usr/bin/env bash
# Deletes all versions of all objects of a bucket, a page of the list at a time: as many as one request may delete.
set -euo pipefail
bucket=$1
while true; do
    # --max-items would count versions only, and give more delete markers than a request takes.
    versions=$(aws s3api list-object-versions --bucket "$bucket" --no-paginate --output json \
        --query '{Quiet: `true`, Objects: [Versions, DeleteMarkers][] | [].{Key: Key, VersionId: VersionId}}')
    [[ $versions == *VersionId* ]] || break
    # Not as an argument: Linux takes 128 KiB, and a page of long keys is more.
    left=$(aws s3api delete-objects --bucket "$bucket" --delete file:///dev/stdin --query 'Errors[0].[Key, Message]' \
        --output text <<< "$versions")
    if [[ $left != None ]]; then
        echo "$bucket: an object cannot be deleted: $left" >&2
        exit 1
    fi
done
echo "$bucket is empty"
