import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).resolve().parents[2]


class Template:
    """The template as data: short forms such as `!Sub x` are `{"Fn::Sub": "x"}`."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.parameters: dict[str, Any] = content["Parameters"]
        self.globals: dict[str, Any] = content["Globals"]["Function"]
        self.resources: dict[str, Any] = content["Resources"]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties of every resource of a type (`AWS::SQS::Queue`), by logical id."""
        return {name: found["Properties"] for name, found in self.resources.items() if found["Type"] == kind}

    @property
    def functions(self) -> dict[str, dict[str, Any]]:
        return self.of_type("AWS::Serverless::Function")

    def role_of(self, function: str) -> str:
        return target(self.functions[function]["Role"])

    def statements_of(self, role: str) -> Iterator[dict[str, Any]]:
        for policy in self.of_type("AWS::IAM::Role")[role].get("Policies", ()):
            yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def target(reference: Any) -> str:
    """The logical id that a Ref or GetAtt names."""
    (value,) = reference.values()
    return str(value[0] if isinstance(value, list) else value)


def folder_of(function: str) -> str:
    """The folder of a function: DealMover lives in deal_mover."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", function).lower()


@pytest.fixture(scope="session")
def template() -> Template:
    return Template(cfn_yaml.load(str(ROOT / "template.yaml")))
