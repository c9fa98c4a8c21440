"""The operator's desk as it is deployed, with the permissions of its role."""

from sandbox.stack import demo

from .town import Town


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
