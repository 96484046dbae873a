#!/usr/bin/env bash
# Writes the digest that each base image's tag has now into the Dockerfiles here: look at what changed, try it, commit it.
set -euo pipefail
cd "$(dirname "$0")"
for dockerfile in */Dockerfile; do
    for image in $(sed -n 's/^FROM \(--[^ ]* \)\?\([^ @]*\).*/\2/p' "$dockerfile"); do
        # A name without a tag or a registry is an earlier stage, or nothing at all.
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
