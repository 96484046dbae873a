"""The minimum for reading many small files: open, read and close each, in the order of the folder listing.

Usage: `read_bytes.py LANDING TOPIC`.
"""

from __future__ import annotations

import json
import os
import sys
import time

#: Larger than any pin. The kernel would allocate and free a larger buffer for each file.
_MAX_BYTES = 64 * 2**10


def main(landing: str, topic: str) -> None:
    started = time.perf_counter()
    files = size = 0
    with os.scandir(f"{landing}/topics/{topic}") as partitions:
        folders = [entry.path for entry in partitions]
    for folder in folders:
        with os.scandir(folder) as entries:
            paths = [entry.path for entry in entries]
        for path in paths:
            descriptor = os.open(path, os.O_RDONLY)
            size += len(os.read(descriptor, _MAX_BYTES))
            os.close(descriptor)
        files += len(paths)
    seconds = time.perf_counter() - started
    print(json.dumps({"rows": files, "read_seconds": round(seconds, 3), "read_mb": round(size / 2**20)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
