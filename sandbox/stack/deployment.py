"""Building the template and deploying it to the emulated AWS, with the same `sam` that deploys to the real one."""

import fcntl
import functools
import hashlib
import json
import os
import platform
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import emulator
from .description import AwsAccess
from .emulator import ROOT, NotStarted
from .processes import Children

if TYPE_CHECKING:
    import boto3

SAM = ROOT / ".local" / "sam" / "bin" / "sam"
BUILDS = ROOT / ".local" / "build"
BUILDS_KEPT = 3
STACK = "bookdeal-local"
BUCKET = "bookdeal-artifacts"
# No secret, since it lets nobody in but programs of this machine: with it the events under events/ hold valid keys.
WEBHOOK_KEY = "the-local-stack-only"
# Two processes of each intake, which the providers ring side by side; the event is a request with the wrong method.
FIRST_EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("kommo_webhook", {"httpMethod": "GET"}), ("altegio_webhook", {"httpMethod": "GET"})) * 2,
    ("deal_mover", {"Records": []}),
)
SOURCES = ("template.yaml", "samconfig.toml", "uv.lock", "layers", "shared", "functions")
LAYER_SOURCES = ("uv.lock", "layers")


@dataclass(frozen=True, slots=True)
class Deployment:
    """The deployed template: its outputs, and ways into what it made."""

    aws: AwsAccess
    outputs: Mapping[str, str]

    @property
    def api(self) -> str:
        """URL of the API's stage: `/webhooks/...` follows."""
        return f"{self.aws.endpoint_url}/restapis/{self.outputs['ApiId']}/v1/_user_request_"

    def client(self, service: str) -> Any:
        """Return a boto3 client of the emulated AWS."""
        return _client(service, self.aws.endpoint_url)

    def function_name(self, function: str) -> str:
        """Return the deployed name of a function, given as its folder (`deal_mover`)."""
        return f"{STACK}-{function.replace('_', '-')}"

    def parameter_name(self, parameter: str) -> str:
        """Return the full name of one of the deployment's secrets: `webhook-keys` or `altegio-partner-token`."""
        return f"/{STACK}/{parameter}"

    def warm_up(self) -> None:
        """Let the functions start their first processes meanwhile: a first webhook must not wait for one."""
        for function, event in FIRST_EVENTS:
            self.client("lambda").invoke(
                FunctionName=self.function_name(function), InvocationType="Event", Payload=json.dumps(event).encode()
            )

    def put_secret(self, parameter: str, value: str) -> None:
        """Store one of the deployment's secrets."""
        self.client("ssm").put_parameter(
            Name=self.parameter_name(parameter), Value=value, Type="SecureString", Overwrite=True
        )

    def secret(self, parameter: str) -> str:
        """Return one of the deployment's secrets."""
        answer = self.client("ssm").get_parameter(Name=self.parameter_name(parameter), WithDecryption=True)
        return str(answer["Parameter"]["Value"])


@functools.cache
def _client(service: str, endpoint_url: str) -> Any:
    """Return a client that is made once: making one costs more than many of its calls."""
    return emulator.session().client(service, endpoint_url=endpoint_url)  # type: ignore[call-overload]


def build(children: Children) -> Path:
    """Build the template unless exactly these sources are built already; returns the built template's path.

    Raises NotStarted with the end of what `sam build` said.
    """
    emulator.require_program(SAM)
    BUILDS.mkdir(parents=True, exist_ok=True)
    with (BUILDS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = BUILDS / _fingerprint(SOURCES)
        if not (built / "template.yaml").exists():
            work = BUILDS / "work"
            # The cache knows a layer by its folder only; the lock file that it is made of is added here.
            cache = BUILDS / "cache" / _fingerprint(LAYER_SOURCES)
            _sam(
                children,
                "build",
                {"build-dir": work / "build", "cached": None, "cache-dir": cache},
                {"Architecture": architecture()},
                emulator.plain_environment(),
            )
            (work / "build").rename(built)
            _forget_old_builds()
        os.utime(built)
        return built / "template.yaml"


def deploy(children: Children, aws: AwsAccess, built_template: Path, parameters: Mapping[str, str]) -> Deployment:
    """Deploy to the emulated AWS; `parameters` are added to those of the `local` environment in samconfig.toml.

    Raises NotStarted with the end of what `sam deploy` said.
    """
    session = emulator.session()
    s3 = session.client("s3", endpoint_url=aws.endpoint_url)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": aws.region})
    overrides = _configured_parameters() | {"Architecture": architecture(), **parameters}
    _sam(
        children,
        "deploy",
        {
            "config-file": ROOT / "samconfig.toml",
            "config-env": "local",
            "template-file": built_template,
            "s3-bucket": BUCKET,
        },
        overrides,
        {**emulator.command_environment(aws), "SAM_CLI_POLL_DELAY": "0.2"},
    )
    _set_gateway_responses(session, aws)
    _allow_plain_http(session, aws)
    _translate_policies(session, aws)
    deployment = Deployment(aws, _outputs(session, aws))
    deployment.put_secret("webhook-keys", WEBHOOK_KEY)
    return deployment


def attach(aws: AwsAccess) -> Deployment:
    """Return the deployment that runs on an emulated AWS."""
    return Deployment(aws, _outputs(emulator.session(), aws))


def architecture() -> str:
    """Return this machine's architecture as Lambda calls it."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def _sam(
    children: Children,
    command: str,
    options: Mapping[str, object],
    parameters: Mapping[str, str],
    environment: Mapping[str, str],
) -> None:
    arguments = [str(emulator.require_program(SAM)), command]
    for name, value in options.items():
        arguments += [f"--{name}"] if value is None else [f"--{name}", str(value)]
    arguments += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
    done = children.run(
        f"sam-{command}",
        arguments,
        {
            **environment,
            "PATH": os.pathsep.join([str(SAM.parent), environment.get("PATH", "")]),
            "SAM_CLI_TELEMETRY": "0",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
    )
    if done.process.returncode:
        raise NotStarted(f"sam {command} failed; {done.log} ends with:\n{done.last_words(25)}")


def _outputs(session: "boto3.Session", aws: AwsAccess) -> dict[str, str]:
    stacks = session.client("cloudformation", endpoint_url=aws.endpoint_url).describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


def _configured_parameters() -> dict[str, str]:
    configured = tomllib.loads((ROOT / "samconfig.toml").read_text())
    overrides: list[str] = configured["local"]["deploy"]["parameters"]["parameter_overrides"]
    return dict(override.split("=", 1) for override in overrides)


def _set_gateway_responses(session: "boto3.Session", aws: AwsAccess) -> None:
    """Set the template's gateway responses, which the emulator leaves out when it reads the API's definition."""
    formation = session.client("cloudformation", endpoint_url=aws.endpoint_url)
    template: Any = formation.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
    if isinstance(template, str):
        template = json.loads(template)
    api = _outputs(session, aws)["ApiId"]
    gateway = session.client("apigateway", endpoint_url=aws.endpoint_url)
    for kind, response in template["Resources"]["Api"]["Properties"]["Body"][
        "x-amazon-apigateway-gateway-responses"
    ].items():
        gateway.put_gateway_response(
            restApiId=api,
            responseType=kind,
            statusCode=str(response["statusCode"]),
            responseTemplates=response.get("responseTemplates", {}),
        )
    gateway.create_deployment(restApiId=api, stageName="v1")


def _allow_plain_http(session: "boto3.Session", aws: AwsAccess) -> None:
    """Take the policies off the queues that refuse plain HTTP: the emulator has nothing else."""
    sqs = session.client("sqs", endpoint_url=aws.endpoint_url)
    for url in sqs.list_queues()["QueueUrls"]:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})


def _translate_policies(session: "boto3.Session", aws: AwsAccess) -> None:
    """Say the roles' policies in the emulator's words, so that it can check them.

    Sending several messages is a permission of its own there, and it sees neither the encryption context of KMS calls
    nor the keys of items.
    """
    iam = session.client("iam", endpoint_url=aws.endpoint_url)
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document: Any = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
                if "sqs:SendMessage" in actions:
                    statement["Action"] = [*actions, "sqs:SendMessageBatch"]
                if {"kms:Encrypt", "kms:Decrypt"} & set(actions) or "LeadingKeys" in json.dumps(statement):
                    statement.pop("Condition")
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


def _fingerprint(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256(architecture().encode())
    for path in _files(names):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        found = ROOT / name
        files = sorted(found.rglob("*")) if found.is_dir() else [found]
        yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)


def _forget_old_builds() -> None:
    builds = [path.parent for path in BUILDS.glob("*/template.yaml")]
    caches = list((BUILDS / "cache").iterdir())
    for folders, kept in ((builds, BUILDS_KEPT), (caches, 1)):
        for old in sorted(folders, key=lambda folder: folder.stat().st_mtime)[:-kept]:
            shutil.rmtree(old, ignore_errors=True)
