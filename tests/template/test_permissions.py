"""Who may do what: one role per function, nothing in it that the function does not need."""

import json
from typing import Any

from .conftest import Template, as_list, target

INTAKES = ("AltegioWebhook", "KommoWebhook")
TOKENS = {
    "Bookings",
    "ClientStats",
    "Completeness",
    "DealDecisions",
    "DealMover",
    "Duplicates",
    "HistoryImport",
    "KommoConnect",
    "Operator",
    "Settings",
}
NEVER = {"dynamodb:Scan", "dynamodb:BatchWriteItem", "sqs:PurgeQueue", "logs:CreateLogGroup", "iam:PassRole"}


def actions(statement: dict[str, Any]) -> list[str]:
    return [str(action) for action in as_list(statement["Action"])]


def test_each_function_has_a_role_of_its_own(template: Template) -> None:
    roles = [template.role_of(function) for function in template.functions]
    assert len(roles) == len(set(roles))
    for function, properties in template.functions.items():
        # SAM would add Amazon's broad managed policies to a role that it makes itself.
        assert "Policies" not in properties, function
        assert not template.of_type("AWS::IAM::Role")[template.role_of(function)].get("ManagedPolicyArns"), function


def test_no_role_allows_a_star(template: Template) -> None:
    for role in template.of_type("AWS::IAM::Role"):
        for statement in template.statements_of(role):
            assert statement["Effect"] == "Allow"
            assert not any("*" in action for action in actions(statement)), (role, statement)
            assert "*" not in json.dumps(statement["Resource"]), (role, statement)
            assert not NEVER & set(actions(statement)), (role, statement)
            assert not {"NotAction", "NotResource"} & statement.keys(), (role, statement)


def test_roles_are_assumed_only_by_the_service_that_runs_them(template: Template) -> None:
    functions = {template.role_of(function) for function in template.functions}
    for name, role in template.of_type("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = statement["Principal"]["Service"]
        assert statement["Action"] == "sts:AssumeRole"
        assert (service == "lambda.amazonaws.com") == (name in functions), name


def test_intake_may_ring_and_nothing_else(template: Template) -> None:
    for function in INTAKES:
        allowed = {action for each in template.statements_of(template.role_of(function)) for action in actions(each)}
        assert allowed == {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage", "ssm:GetParameter"}


def test_only_few_reach_tokens(template: Template) -> None:
    credentials = {"Fn::GetAtt": ["Credentials", "Arn"]}
    for function in template.functions:
        statements = list(template.statements_of(template.role_of(function)))
        reaches = any(action.startswith("kms:") for each in statements for action in actions(each)) or any(
            each["Resource"] == credentials for each in statements
        )
        assert reaches == (function in TOKENS)


def test_where_kommo_sends_codes_no_tokens_are_reached(template: Template) -> None:
    statements = {each["Sid"]: each for each in template.statements_of(template.role_of("KommoConnect"))}
    credentials = statements["KeepCodes"]["Condition"]["ForAllValues:StringLike"]
    assert credentials == {"dynamodb:LeadingKeys": ["consent#*", "integration#*"]}
    for sid, action, place in (
        ("PutCodesAway", "kms:Encrypt", "consent#*"),
        ("ReadIntegrationSecrets", "kms:Decrypt", "integration#*"),
    ):
        assert actions(statements[sid]) == [action]
        assert statements[sid]["Condition"] == {"StringLike": {"kms:EncryptionContext:installation": place}}


def test_tokens_are_never_decrypted_without_saying_whose_they_are(template: Template) -> None:
    found = [
        statement
        for role in template.of_type("AWS::IAM::Role")
        for statement in template.statements_of(role)
        if any(action.startswith("kms:") for action in actions(statement))
    ]
    assert found
    for statement in found:
        assert set(actions(statement)) <= {"kms:Encrypt", "kms:Decrypt"}
        ((_, condition),) = statement["Condition"].items()
        assert condition.keys() == {"kms:EncryptionContext:installation"}


def test_queues_refuse_plain_http(template: Template) -> None:
    covered = {}
    for policy in template.of_type("AWS::SQS::QueuePolicy").values():
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert set(actions(statement)) >= {"sqs:SendMessage", "sqs:ReceiveMessage"}
        (queue,) = policy["Queues"]
        covered[target(queue)] = target(statement["Resource"])
    assert covered == {queue: queue for queue in template.of_type("AWS::SQS::Queue")}


def test_logs_cannot_be_written_elsewhere(template: Template) -> None:
    for function in template.functions:
        (logs,) = (
            statement
            for statement in template.statements_of(template.role_of(function))
            if "logs:PutLogEvents" in actions(statement)
        )
        assert target(logs["Resource"]) == f"{function}Logs"
