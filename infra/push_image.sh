#!/usr/bin/env bash
# Builds an image and pushes it to its registry, unless it exists there. Commit all changes first: images contain only
# committed files. Usage: push_image.sh REPOSITORY TAG DOCKERFILE STAGE SOURCE...
set -euo pipefail
repository=$1 tag=$2 dockerfile=$3 stage=$4
cd "$(dirname "$0")"
root=$(git rev-parse --show-toplevel)
if ! git -C "$root" diff --quiet HEAD -- "${@:5}"; then
    echo "Commit your changes in ${*:5} first: images are tagged with commits" >&2
    exit 1
fi
if aws ecr describe-images --repository-name "${repository#*/}" --image-ids "imageTag=$tag" > /dev/null 2>&1; then
    echo "$repository:$tag exists already"
    exit
fi
context=$(mktemp -d)
trap 'rm -r "$context"' EXIT
git -C "$root" archive HEAD | tar --extract --directory "$context"
docker build --platform linux/amd64 --target "$stage" --tag "$repository:$tag" --file "$context/infra/$dockerfile" "$context"
aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}"
docker push "$repository:$tag"
