import boto3
import pytest

from bookdeal.runtime import aws, parameters
from bookdeal.runtime.errors import Transient


@pytest.fixture(autouse=True)
def _new_clients() -> None:
    aws.ssm.cache_clear()
    parameters._provider.cache_clear()


def test_a_secret_is_decrypted_and_remembered() -> None:
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/bookdeal/keys", Value="one", Type="SecureString")
    assert parameters.secret("/bookdeal/keys") == "one"
    ssm.put_parameter(Name="/bookdeal/keys", Value="two", Type="SecureString", Overwrite=True)
    assert parameters.secret("/bookdeal/keys") == "one"


def test_a_missing_parameter_may_be_put_right_while_requests_wait() -> None:
    with pytest.raises(Transient, match="parameter"):
        parameters.secret("/bookdeal/none")
    boto3.client("ssm").put_parameter(Name="/bookdeal/none", Value="there", Type="SecureString")
    assert parameters.secret("/bookdeal/none") == "there"
