"""The tables as the template describes them, with their indexes, for tests that do not deploy it."""

from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"


@cache
def described() -> dict[str, dict[str, Any]]:
    """Return what the template says of each table, by its logical id, as far as `create_table` takes it."""
    resources = cfn_yaml.load(str(TEMPLATE))["Resources"]
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {
        name: {part: resource["Properties"][part] for part in wanted if part in resource["Properties"]}
        for name, resource in resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def keys_of(table: str) -> tuple[str, ...]:
    """Return the names of a table's keys: the partition key, then the sort key if any."""
    return tuple(key["AttributeName"] for key in described()[table]["KeySchema"])
