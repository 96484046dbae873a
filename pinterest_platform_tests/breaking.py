"""How servers of tests break off."""

from __future__ import annotations

import socket
import struct
from http.server import BaseHTTPRequestHandler


def reset_while_replying(handler: BaseHTTPRequestHandler, begun: bytes) -> None:
    """Send the beginning of a long answer, then reset the connection."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(begun)
    # Closing with unread time on the line sends a reset instead of an end.
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()
