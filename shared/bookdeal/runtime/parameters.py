"""Secrets of the deployment, kept in Parameter Store and remembered for five minutes."""

from functools import cache

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from bookdeal.runtime import aws
from bookdeal.runtime.errors import Transient

MAX_AGE = 300


def secret(name: str) -> str:
    """Return the decrypted value of a SecureString parameter, at most five minutes old.

    Raises Transient when it cannot be read: a missing parameter too can be put right while requests wait.
    """
    try:
        value = _provider().get(name, max_age=MAX_AGE, decrypt=True)
    except GetParameterError:
        raise Transient("parameter") from None
    if not isinstance(value, str):
        raise Transient("parameter")
    return value


@cache
def _provider() -> SSMProvider:
    return SSMProvider(boto3_client=aws.ssm())
