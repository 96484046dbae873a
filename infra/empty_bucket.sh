#!/usr/bin/env bash
# Deletes all versions of all objects of a bucket, page by page: a page is as many as one request can delete.
set -euo pipefail
bucket=$1
while true; do
    # --max-items would count only versions, and return more delete markers than a request accepts.
    versions=$(aws s3api list-object-versions --bucket "$bucket" --no-paginate --output json \
        --query '{Quiet: `true`, Objects: [Versions, DeleteMarkers][] | [].{Key: Key, VersionId: VersionId}}')
    [[ $versions == *VersionId* ]] || break
    # Not as an argument: Linux accepts 128 KiB, and a page of long keys is larger.
    left=$(aws s3api delete-objects --bucket "$bucket" --delete file:///dev/stdin --query 'Errors[0].[Key, Message]' \
        --output text <<< "$versions")
    if [[ $left != None ]]; then
        echo "$bucket: an object cannot be deleted: $left" >&2
        exit 1
    fi
done
echo "$bucket is empty"
