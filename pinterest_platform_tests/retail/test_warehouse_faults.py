"""Publishing that is killed, that loses its server, that is not alone: nothing is lost, and nothing half done."""

from __future__ import annotations

import signal
import time
from multiprocessing.context import ForkServerProcess

import pytest

from pinterest_platform import failpoints
from pinterest_platform.failpoints import Failpoint
from pinterest_platform.retail.warehouse.connection import TURN, WarehouseError
from pinterest_platform.retail.warehouse.publishing import Written
from pinterest_platform.settings import Settings
from pinterest_platform.stack.postgres import PostgresServer
from pinterest_platform_tests import forked
from pinterest_platform_tests.engines.children import Death
from pinterest_platform_tests.retail.lakes import Retail, user
from pinterest_platform_tests.retail.warehouses import asked, compared, published

pytestmark = pytest.mark.kills_servers

_NOTHING = Written(0, 0, 0, ())


def _publish(settings: Settings, url: str) -> None:
    published(settings, url)


def _publish_until(settings: Settings, url: str, death: Death) -> None:
    death.arm()
    published(settings, url)


def killed(settings: Settings, url: str, death: Death) -> None:
    process = forked.start(_publish_until, settings, url, death)
    process.join(120)
    assert process.exitcode == -signal.SIGKILL, f"it never came to: {death}"


@pytest.mark.parametrize(
    "death",
    [
        Death(Failpoint.PIECE_SENT, "dim_users"),
        Death(Failpoint.PIECE_SENT, "orders_table"),
        Death(Failpoint.ROWS_SENT),
    ],
    ids=str,
)
def test_killed_publisher_leaves_nothing_and_the_next_one_finishes(sold: Retail, postgres: str, death: Death) -> None:
    killed(sold.settings, postgres, death)
    assert asked(postgres, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    assert published(sold.settings, postgres).inserted
    assert compared(sold.settings, postgres) == []


def test_killed_publisher_of_changes_leaves_what_was_there(selling: Retail, postgres: str) -> None:
    published(selling.settings, postgres)
    selling.land("users", [user(1, last_name="Lovelace"), user(7777)], allow_fewer=True)
    selling.compute()
    killed(selling.settings, postgres, Death(Failpoint.ROWS_SENT))
    assert asked(postgres, "SELECT last_name FROM dim_users") == [("Byron",)]
    written = published(selling.settings, postgres)
    assert (written.inserted, written.updated) == (1, 1)
    assert compared(selling.settings, postgres) == []


def test_killed_after_its_commit_has_done_all(sold: Retail, postgres: str) -> None:
    killed(sold.settings, postgres, Death(Failpoint.COMMITTED))
    assert compared(sold.settings, postgres) == []
    assert published(sold.settings, postgres) == _NOTHING


@pytest.mark.parametrize("table", ["dim_users", "orders_table"])
def test_server_gone_in_the_middle_of_a_table(
    sold: Retail, postgres: str, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    def end(moment: Failpoint, where: str) -> None:
        if (moment, where) == (Failpoint.PIECE_SENT, table):
            postgres_server.kill()

    monkeypatch.setattr(failpoints, "armed", end)
    with pytest.raises(WarehouseError, match=r"Nothing was written\."):
        published(sold.settings, postgres)
    with pytest.raises(WarehouseError, match=r"refused.*Nothing was written\. Check that the server runs"):
        published(sold.settings, postgres)
    monkeypatch.undo()
    postgres_server.start()
    assert asked(postgres, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    assert published(sold.settings, postgres).inserted
    assert compared(sold.settings, postgres) == []


def test_connection_lost_while_it_commits_is_not_said_to_have_written_nothing(
    sold: Retail, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(moment: Failpoint, _where: str) -> None:
        if moment is Failpoint.ROWS_SENT:
            asked(postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip

    monkeypatch.setattr(failpoints, "armed", end)
    with pytest.raises(
        WarehouseError, match=r"Everything was written, or nothing\. Running again writes nothing twice"
    ):
        published(sold.settings, postgres)
    monkeypatch.undo()
    assert published(sold.settings, postgres).inserted
    assert compared(sold.settings, postgres) == []


def test_two_publishers_take_turns(sold: Retail, postgres: str) -> None:
    both = [forked.start(_publish, sold.settings, postgres) for _ in range(2)]
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    assert compared(sold.settings, postgres) == []


def test_publisher_that_waited_does_not_bring_back_older_rows(
    selling: Retail, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(selling.settings, postgres)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    slow: list[ForkServerProcess] = []

    def overtake(moment: Failpoint, _where: str) -> None:
        """Another one begins, and waits; then the lake goes on."""
        if moment is Failpoint.ROWS_SENT and not slow:
            slow.append(forked.start(_publish, selling.settings, postgres))
            deadline = time.monotonic() + 120
            while asked(postgres, waiting) == [(0,)]:
                assert time.monotonic() < deadline, "the other one does not wait"
            selling.land("users", [user(1, last_name="Lovelace")], allow_fewer=True)
            selling.compute()

    monkeypatch.setattr(failpoints, "armed", overtake)
    published(selling.settings, postgres)
    slow[0].join(120)
    assert slow[0].exitcode == 0
    assert asked(postgres, "SELECT last_name FROM dim_users") == [("Lovelace",)]


@pytest.mark.long
def test_killed_at_any_moment_it_has_published_all_or_nothing(sold: Retail, postgres: str) -> None:
    found = set()
    for number in range(12):
        process = forked.start(_publish, sold.settings, postgres)
        process.join(0.05 + 0.15 * number)
        process.kill()
        process.join()
        # What the server still does for a process that is gone ends first.
        asked(postgres, f"SELECT pg_advisory_lock({TURN}); SELECT pg_advisory_unlock_all()")
        there = asked(postgres, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        found.add(len(there) > 0)
        assert not there or compared(sold.settings, postgres) == []
    published(sold.settings, postgres)
    assert compared(sold.settings, postgres) == []
    assert False in found, "none was killed before its end"


def test_rows_that_the_server_refuses_are_not_in_its_error(sold: Retail, postgres: str) -> None:
    published(sold.settings, postgres)
    number = asked(postgres, "SELECT card_number FROM dim_card_details ORDER BY 1 LIMIT 1")[0][0]
    asked(postgres, "TRUNCATE dim_card_details CASCADE")
    asked(postgres, f"ALTER TABLE dim_card_details ADD CONSTRAINT mine CHECK (card_number <> '{number}')")
    with pytest.raises(WarehouseError) as raised:
        published(sold.settings, postgres, anew=True)
    told = str(raised.value)
    assert 'relation "dim_card_details" violates check constraint "mine"; Failing row contains (•••)' in told
    assert number not in told
