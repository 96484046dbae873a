"""All stacks deployed, as far as that can be worked out here."""

from __future__ import annotations

import pytest

from pinterest_platform_tests.infra.stacks import Account


@pytest.fixture(scope="session")
def account() -> Account:
    return Account()
