"""The operator's desk as it is deployed, with the permissions of its role."""

from collections.abc import Iterator

import pytest

from bookdeal.installs.connections import KOMMO
from sandbox.stack import demo

from .town import Town


@pytest.fixture
def _token_of_before(town: Town) -> Iterator[None]:
    """What others test of renewals needs the token that has to be renewed."""
    table = {"TableName": town.stack.deployment.outputs["CredentialsTable"]}
    key = {"installation": {"S": demo.INSTALLATION}, "provider": {"S": KOMMO}}
    dynamodb = town.stack.deployment.client("dynamodb")
    before = dynamodb.get_item(**table, Key=key)["Item"]
    yield
    dynamodb.put_item(**table, Item=before)
    town.stack.kill_mover()  # it remembers the other one


@pytest.mark.usefixtures("_token_of_before")
def test_a_long_lived_token_connects_the_account(town: Town) -> None:
    kommo = town.stack.description.kommo
    token = town.tell("kommo", "long-lived-token", {})["access_token"]
    asked = {"command": "connect", "client_id": kommo.client_id, "host": f"{kommo.subdomain}.kommo.com", "token": token}
    assert town.stack.invoke("operator", asked)["answer"]["installation"] == demo.INSTALLATION
    town.come_to_rest()
    town.assert_right()
    assert token not in "".join(town.stack.logs("operator"))


def test_a_guessed_token_connects_nothing(town: Town) -> None:
    kommo = town.stack.description.kommo
    asked = {"command": "connect", "client_id": kommo.client_id, "host": f"{kommo.subdomain}.kommo.com", "token": "x"}
    assert town.stack.invoke("operator", asked)["error"]["code"] == "revoked"
