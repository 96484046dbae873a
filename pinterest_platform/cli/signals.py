"""Stopping what takes long: Ctrl-C and SIGTERM ask for it, and it ends when it has brought its work to rest."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; who asks twice does not wait."""
    stop = threading.Event()

    def ask(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        # The console may be in the middle of a line of its own, under a lock.
        os.write(sys.stderr.fileno(), b"\nStopping once what is under way is done; Ctrl-C again not to wait.\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
