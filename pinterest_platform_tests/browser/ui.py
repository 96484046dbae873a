"""Asking Dagster's UI what it knows, beside looking at it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class UI:
    address: str

    def ask(self, query: str) -> Any:
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"]

    def is_there(self) -> bool:
        try:
            return bool(self.ask("{assetNodes {id}}")["assetNodes"])
        except urllib.error.URLError:
            return False
