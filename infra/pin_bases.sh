#!/usr/bin/env bash
# Writes the current digest of each base image's tag to the Dockerfiles here. Review, test and commit the changes.
set -euo pipefail
cd "$(dirname "$0")"
for dockerfile in */Dockerfile; do
    for image in $(sed -n 's/^FROM \(--[^ ]* \)\?\([^ @]*\).*/\2/p' "$dockerfile"); do
        # A name without a tag or a registry is an earlier stage, or empty.
        [[ $image == *[:/]* ]] || continue
        digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
        if [[ ! $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
            echo "$dockerfile: $image has no digest: $digest" >&2
            exit 1
        fi
        sed -i "s#^\(FROM \(--[^ ]* \)\?$image\)\(@[^ ]*\)\?\( \|\$\)#\1@$digest\4#" "$dockerfile"
        echo "$dockerfile: $image@$digest"
    done
done
