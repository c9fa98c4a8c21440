"""AWS clients: one of each kind per process, impatient, with few retries, their failures in Bookdeal's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore import session as botocore_session
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from bookdeal.runtime.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

_OVERLOADED = frozenset(
    {
        "KMSInternalException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_SERVER_ERROR = 500
_MODELS = Path(__file__).with_name("aws_models")
"""Additions to the AWS client's own description of services, in the form that it looks for (botocore.loaders)."""


def _config(*, read_timeout: float, connections: int = 10) -> Config:
    return Config(
        connect_timeout=1.0,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=connections,
        # mypy has checked what is sent; checking each call again costs much of a small call's time.
        parameter_validation=False,
        # So does putting together the long name that a client gives itself.
        user_agent="bookdeal",
    )


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the DynamoDB client. It must not be given bytes in attributes.

    Attribute values pass it as they are ("document" in its model): taking each apart, to put the same together again,
    would cost more than all else that is done with an item. Only bytes would need it.
    """
    session = botocore_session.get_session()
    session.get_component("data_loader").search_paths.insert(0, str(_MODELS))
    return boto3.Session(botocore_session=session).client("dynamodb", config=_config(read_timeout=3.0, connections=32))


@cache
def sqs() -> "SQSClient":
    """Return the SQS client."""
    return boto3.client("sqs", config=_config(read_timeout=2.0))


@cache
def kms() -> "KMSClient":
    """Return the KMS client."""
    return boto3.client("kms", config=_config(read_timeout=3.0))


@cache
def ssm() -> "SSMClient":
    """Return the Parameter Store client."""
    return boto3.client("ssm", config=_config(read_timeout=3.0))


@contextmanager
def failures(service: str) -> Iterator[None]:
    """Turn an unreachable or overloaded AWS service into Transient with the service's name as reason.

    Anything else (no permission, no such table) is a fault of ours and passes through as it is.
    """
    try:
        yield
    except (ConnectionError, HTTPClientError):
        raise Transient(service) from None
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= _SERVER_ERROR or error.response["Error"]["Code"] in _OVERLOADED:
            raise Transient(service) from None
        raise
