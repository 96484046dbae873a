"""The copies of landing zone and lake in another region, where they are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_platform_tests.infra.stacks import ACCOUNT, Account

REPLICATED = ("landing", "lake")


@pytest.fixture(scope="module")
def replicated() -> Account:
    return Account("prod", ReplicaEnvironment="dr")


def arns(environment: str, end: str = "") -> list[str]:
    return [f"arn:aws:s3:::pinterest-{environment}-{name}-{ACCOUNT}{end}" for name in REPLICATED]


def test_nothing_is_copied_unless_it_is_asked_for(account: Account) -> None:
    for bucket in account.of_type("AWS::S3::Bucket"):
        assert "ReplicationConfiguration" not in bucket.properties, bucket.id
    assert "storage.ReplicationRole" not in {resource.id for resource in account.resources}


def test_landing_zone_and_lake_are_copied_with_what_is_deleted(replicated: Account) -> None:
    """A rule with a filter replicates no delete markers unless it says so. Amazon S3 User Guide, "Replicating delete
    markers between buckets"."""
    rules = {
        bucket.properties["BucketName"].split("-")[2]: rule
        for bucket in replicated.of_type("AWS::S3::Bucket")
        for rule in bucket.properties.get("ReplicationConfiguration", {}).get("Rules", [])
    }
    assert [rules[name]["Destination"]["Bucket"] for name in REPLICATED] == arns("dr")
    assert len(rules) == len(REPLICATED)
    for rule in rules.values():
        assert (rule["Status"], rule["Filter"]) == ("Enabled", {"Prefix": ""})
        assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}


def test_buckets_of_the_other_environment_have_these_names_and_versions(replicated: Account) -> None:
    there = {
        b.properties["BucketName"]: b.properties for b in Account("prod", Environment="dr").of_type("AWS::S3::Bucket")
    }
    for bucket in replicated.of_type("AWS::S3::Bucket"):
        for rule in bucket.properties.get("ReplicationConfiguration", {}).get("Rules", []):
            other = there[rule["Destination"]["Bucket"].rpartition(":")[2]]
            assert (
                other["VersioningConfiguration"]
                == bucket.properties["VersioningConfiguration"]
                == {"Status": "Enabled"}
            )


def test_role_may_read_here_and_write_there_and_nothing_else(replicated: Account) -> None:
    """Amazon S3 User Guide, "Setting up permissions for live replication"."""
    role = replicated.get("storage.ReplicationRole").properties
    [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "s3.amazonaws.com"}
    [policy] = role["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    assert [(statement["Action"], statement["Resource"]) for statement in statements] == [
        (["s3:GetReplicationConfiguration", "s3:ListBucket"], arns("prod")),
        (
            ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
            arns("prod", "/*"),
        ),
        (["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], arns("dr", "/*")),
    ]
