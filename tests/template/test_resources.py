"""What the template promises of its queues, tables, logs, functions and routes."""

import re
import tomllib
from dataclasses import MISSING, fields
from typing import Any

import pytest

from bookdeal.bookings.mover.sweeping import LONGEST
from bookdeal.installs.accesses import LOST
from bookdeal.runtime.environment import (
    AltegioConnectEnvironment,
    IntakeEnvironment,
    KommoConnectEnvironment,
    SweepEnvironment,
    WidgetEnvironment,
    WorkerEnvironment,
)
from bookdeal.runtime.observe import LAG, MEASURES, PARKED_TOO_LONG, WEBHOOKS_NOT_TAKEN
from operations.widget.brand import Brand, load
from sandbox.openapi import load_api

from .conftest import ROOT, Template, folder_of, target

KEPT = ("Installations", "Credentials", "Links", "Parked")
EXPIRING = ("Decisions", "Scratch")
MARGIN = 10
ENVIRONMENTS = {
    "Operator": WorkerEnvironment,
    "AltegioWebhook": IntakeEnvironment,
    "KommoWebhook": IntakeEnvironment,
    "KommoConnect": KommoConnectEnvironment,
    "AltegioConnect": AltegioConnectEnvironment,
    "DealMover": WorkerEnvironment,
    "Sweep": SweepEnvironment,
    "Bookings": WidgetEnvironment,
    "Settings": WidgetEnvironment,
    "ClientStats": WidgetEnvironment,
    "HistoryImport": WidgetEnvironment,
    "DealDecisions": WidgetEnvironment,
    "Duplicates": WidgetEnvironment,
    "Completeness": WidgetEnvironment,
}
WIDGET = [function for function, environment in ENVIRONMENTS.items() if environment is WidgetEnvironment]


def alarms_on(template: Template, metric: str) -> dict[str, dict[str, Any]]:
    """Alarms on a metric, by what they watch: a logical id, or a name."""
    found = {}
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        if alarm["MetricName"] == metric and "Dimensions" in alarm:
            (dimension,) = alarm["Dimensions"]
            watched = dimension["Value"]
            found[watched if isinstance(watched, str) else target(watched)] = alarm
    return found


def dead_letter_queues(template: Template) -> set[str]:
    queues = template.of_type("AWS::SQS::Queue").values()
    return {target(queue["RedrivePolicy"]["deadLetterTargetArn"]) for queue in queues if "RedrivePolicy" in queue}


def test_every_queue_has_a_dead_letter_queue_with_an_alarm(template: Template) -> None:
    dead = dead_letter_queues(template)
    alarms = alarms_on(template, "ApproximateNumberOfMessagesVisible")
    for name, queue in template.of_type("AWS::SQS::Queue").items():
        assert (name in dead) != ("RedrivePolicy" in queue), name
        if name in dead:
            assert (alarms[name]["Threshold"], alarms[name]["ComparisonOperator"]) == (0, "GreaterThanThreshold")
        else:
            assert name in alarms_on(template, "ApproximateAgeOfOldestMessage")
            assert queue["RedrivePolicy"]["maxReceiveCount"] >= 100


def test_queues_are_fast_fifo_queues_encrypted_and_kept_as_long_as_can_be(template: Template) -> None:
    for queue in template.of_type("AWS::SQS::Queue").values():
        assert queue["FifoQueue"] is True
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_mover_takes_batches_and_reports_what_must_come_again(template: Template) -> None:
    (event,) = template.functions["DealMover"]["Events"].values()
    assert event["Type"] == "SQS"
    assert event["Properties"]["BatchSize"] == 10
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["Properties"]["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MoverConcurrency"}}
    assert "MaximumBatchingWindowInSeconds" not in event["Properties"]


@pytest.mark.parametrize("environment", [None, "dev", "prod", "local"])
def test_a_hint_stays_invisible_for_longer_than_a_run_takes(template: Template, environment: str | None) -> None:
    values = {name: parameter.get("Default") for name, parameter in template.parameters.items()}
    if environment:
        configured = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]["deploy"]["parameters"]
        overrides = dict(override.split("=", 1) for override in configured["parameter_overrides"])
        assert overrides.keys() <= values.keys()
        values |= overrides
    assert template.functions["DealMover"]["Timeout"] == {"Ref": "MoverTimeout"}
    assert template.of_type("AWS::SQS::Queue")["Hints"]["VisibilityTimeout"] == {"Ref": "HintVisibility"}
    assert int(values["HintVisibility"]) >= int(values["MoverTimeout"]) + MARGIN


def test_tables_are_encrypted_and_paid_by_use(template: Template) -> None:
    tables = template.of_type("AWS::DynamoDB::Table")
    assert set(tables) == {*KEPT, *EXPIRING}
    for name, table in tables.items():
        assert table["SSESpecification"] == {"SSEEnabled": True}, name
        assert table["BillingMode"] == "PAY_PER_REQUEST", name


def test_what_cannot_be_made_again_is_backed_up_and_kept(template: Template) -> None:
    for name in KEPT:
        table = template.resources[name]
        recovery = table["Properties"]["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True}, name
        assert table["UpdateReplacePolicy"] == "Retain", name
        assert table["DeletionPolicy"] == "RetainExceptOnCreate", name
    assert template.resources["TokensKey"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_what_is_short_lived_expires(template: Template) -> None:
    for name in EXPIRING:
        expiry = template.of_type("AWS::DynamoDB::Table")[name]["TimeToLiveSpecification"]
        assert expiry == {"AttributeName": "expires_at", "Enabled": True}


def test_the_tokens_key_rotates(template: Template) -> None:
    (key,) = template.of_type("AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True


def test_own_domains_speak_modern_tls_only(template: Template) -> None:
    for domain in template.of_type("AWS::ApiGateway::DomainName").values():
        assert domain["SecurityPolicy"] == "TLS_1_2"


def test_every_log_is_forgotten_in_time(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup")
    assert set(groups) == {*(f"{function}Logs" for function in template.functions), "ApiAccessLogs"}
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    for function, properties in template.functions.items():
        # Lambda writes to the group of this name; the role cannot make another.
        name = properties["FunctionName"]["Fn::Sub"]
        assert groups[f"{function}Logs"]["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/{name}"}
        assert template.resources[function]["DependsOn"] == f"{function}Logs"


def test_failures_of_every_function_raise_an_alarm(template: Template) -> None:
    assert set(alarms_on(template, "Errors")) == set(template.functions)
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], []]}


def test_a_loss_of_access_raises_an_alarm_within_minutes(template: Template) -> None:
    alarm = alarms_on(template, LOST)["bookdeal"]
    assert alarm["Namespace"] == template.globals["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 60
    assert template.globals["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == "bookdeal"


def test_every_alarm_names_its_section_of_the_runbook(template: Template) -> None:
    page = (ROOT / "docs/operate.md").read_text()
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for name, alarm in template.of_type("AWS::CloudWatch::Alarm").items():
        _, _, anchor = alarm["AlarmDescription"].partition(" Runbook - docs/operate.md#")
        assert anchor in anchors, name
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_webhooks_that_are_not_taken_and_functions_that_are_turned_away_raise_alarms(template: Template) -> None:
    assert alarms_on(template, WEBHOOKS_NOT_TAKEN)["intake"]["Threshold"] == 0
    (throttles,) = (
        alarm
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Throttles")
    )
    assert throttles["Threshold"] == 0


def test_work_that_is_owed_for_a_quarter_of_an_hour_raises_an_alarm(template: Template) -> None:
    assert MEASURES[LAG] == "Seconds"
    assert alarms_on(template, LAG)["mover"]["Threshold"] == 15 * 60


def test_an_own_domain_is_a_matter_of_parameters(template: Template) -> None:
    for name in ("ApiDomain", "ApiDomainMapping"):
        assert template.resources[name]["Condition"] == "HasDomain"
    assert template.parameters["DomainName"]["Default"] == template.parameters["CertificateArn"]["Default"] == ""
    domain = template.of_type("AWS::ApiGateway::DomainName")["ApiDomain"]
    assert domain["RegionalCertificateArn"] == {"Ref": "CertificateArn"}
    mapping = template.of_type("AWS::ApiGateway::BasePathMapping")["ApiDomainMapping"]
    # No base path: the addresses are those of the stage, without its name.
    assert "BasePath" not in mapping
    assert mapping["RestApiId"] == {"Ref": "Api"}


def test_parked_work_that_nobody_sees_to_raises_an_alarm(template: Template) -> None:
    alarm = alarms_on(template, PARKED_TOO_LONG)["mover"]
    # It is counted at each sweep: a period without one would end the alarm.
    assert alarm["Period"] >= LONGEST
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_every_folder_is_a_function_and_every_function_a_folder(template: Template) -> None:
    folders = {path.parent.name for path in ROOT.glob("functions/*/app.py")}
    assert {folder_of(function) for function in template.functions} == folders
    for function, properties in template.functions.items():
        assert properties["CodeUri"] == f"functions/{folder_of(function)}/"
    assert template.globals["Handler"] == "app.handler"
    assert template.globals["Runtime"] == "python3.13"
    assert template.globals["Architectures"] == [{"Ref": "Architecture"}]
    assert template.parameters["Architecture"]["Default"] == "arm64"


@pytest.mark.parametrize("function", ENVIRONMENTS)
def test_functions_are_told_what_they_read(template: Template, function: str) -> None:
    told = set(template.functions[function]["Environment"]["Variables"])
    known = {field.name.upper(): field.default is MISSING for field in fields(ENVIRONMENTS[function])}
    assert told <= known.keys()
    assert {name for name, needed in known.items() if needed} <= told


def test_the_brand_reaches_whoever_writes_to_people_under_its_name(template: Template) -> None:
    told = {name: function["Environment"]["Variables"] for name, function in template.functions.items()}
    named = {name: variables["BRAND_NAME"] for name, variables in told.items() if "BRAND_NAME" in variables}
    assert named == {each: {"Ref": "BrandName"} for each in ("KommoConnect", "AltegioConnect", "DealMover")}


def test_a_brand_may_be_called_in_the_stack_what_it_is_called_in_its_folder(template: Template) -> None:
    parameter = template.parameters["BrandName"]
    allowed = Brand.model_json_schema()["properties"]["name"]
    assert allowed["maxLength"] == parameter["MaxLength"]
    assert allowed["pattern"] == f"^{parameter['AllowedPattern']}$"
    assert parameter["Default"] == load(ROOT / "widget/brand").name == "Bookdeal"


def test_every_function_has_an_environment_class(template: Template) -> None:
    assert set(ENVIRONMENTS) == set(template.functions)


def routes(template: Template, function: str) -> set[tuple[str, str]]:
    """Method and path of a function's routes."""
    found = set()
    for event in template.functions[function]["Events"].values():
        if event["Type"] == "Api":
            assert event["Properties"]["RestApiId"] == {"Ref": "Api"}
            found.add((event["Properties"]["Method"], event["Properties"]["Path"]))
    return found


def test_webhooks_have_one_route_each(template: Template) -> None:
    assert routes(template, "AltegioWebhook") == {("POST", "/webhooks/altegio/{installation}/{key}")}
    assert routes(template, "KommoWebhook") == {("POST", "/webhooks/kommo/{installation}/{key}")}


def test_consent_has_its_routes(template: Template) -> None:
    assert routes(template, "KommoConnect") == {
        ("GET", "/oauth/kommo"),
        ("GET", "/oauth/kommo/start/{client_id}"),
        ("GET", "/oauth/kommo/gone"),
    }
    assert routes(template, "AltegioConnect") == {
        ("POST", "/marketplace/altegio"),
        ("GET", "/marketplace/altegio/{client_id}"),
    }


@pytest.mark.parametrize("function", WIDGET)
def test_the_widgets_routes_are_those_of_the_code(template: Template, function: str) -> None:
    api = load_api(folder_of(function))
    assert routes(template, function) == api.policies.keys() | {("OPTIONS", path) for _, path in api.policies}


def test_no_two_functions_answer_one_route(template: Template) -> None:
    all_routes = [route for function in template.functions for route in routes(template, function)]
    assert len(all_routes) == len(set(all_routes))


def test_the_api_limits_logs_and_hides(template: Template) -> None:
    api = template.of_type("AWS::Serverless::Api")["Api"]
    (limits,) = api["MethodSettings"]
    assert {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= limits.keys()
    # The path holds the webhook key.
    assert "$context.path" not in api["AccessLogSetting"]["Format"]
    assert api["GatewayResponses"]["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404


def test_the_sweep_runs_every_minute_and_is_not_repeated(template: Template) -> None:
    (event,) = template.functions["Sweep"]["Events"].values()
    assert event["Properties"]["ScheduleExpression"] == "rate(1 minute)"
    assert event["Properties"]["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert template.functions["Sweep"]["Timeout"] < 60
