"""The documents for people name what there is: parameters, commands, routes, files."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from operations.desk import _parser

from .conftest import ROOT, Template

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GUIDES = [
    ROOT / "README.md",
    *(ROOT / f"docs/{name}.md" for name in ("deploy", "connect-kommo", "connect-altegio", "operate")),
]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_guide = pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@each_page
def test_make_commands_are_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= {
        pair for target in targets for pair in ((target, ""), ("", target))
    }


@each_guide
def test_commands_of_the_desk_are_there(page: Path) -> None:
    for asked in re.findall(r'make desk ASK="([^"]*)"', page.read_text()):
        words = re.sub(r"<[^>]*>(\.kommo\.com)?", "x", asked).split()
        _parser().parse_args(words)


@each_guide
def test_routes_are_there(page: Path, template: Template) -> None:
    routes = {
        (event["Properties"]["Method"], event["Properties"]["Path"])
        for function in template.functions.values()
        for event in function["Events"].values()
        if event["Type"] == "Api"
    }
    assert set(re.findall(r"`(GET|POST|PUT|DELETE) (/[^`\s]*)`", page.read_text())) <= routes


def test_every_parameter_is_explained_with_its_default(template: Template) -> None:
    page = (ROOT / "docs/deploy.md").read_text()
    rows = re.findall(r"^\| (`[A-Z]\w+`(?:, `\w+`)*) \| ([^|]*) \|", page, re.MULTILINE)
    explained = {name: defaults for names, defaults in rows for name in re.findall(r"`(\w+)`", names)}
    assert explained.keys() == template.parameters.keys()
    for name, defaults in explained.items():
        default = str(template.parameters[name]["Default"])
        assert default in re.findall(r"[\w.-]+", defaults) or defaults in ("none", "the providers'"), name


def test_parameters_are_named_as_they_are(template: Template) -> None:
    page = (ROOT / "docs/deploy.md").read_text()
    (line,) = re.findall(r"^parameter_overrides = \[.*\]$", page, re.MULTILINE)
    assert {
        override.split("=")[0] for override in tomllib.loads(line)["parameter_overrides"]
    } <= template.parameters.keys()
    environments = tomllib.loads((ROOT / "samconfig.toml").read_text())
    assert set(re.findall(r"--config-env (\w+)", page)) <= environments.keys()
    stack = environments["prod"]["deploy"]["parameters"]["stack_name"]
    secrets = set(re.findall(rf"/{stack}/([a-z-]+)", page))
    read = set(re.findall(r"/\$\{AWS::StackName\}/([a-z-]+)", (ROOT / "template.yaml").read_text()))
    assert secrets == read - {"_"}


def test_every_table_has_a_place_in_what_is_kept_and_in_the_drill(template: Template) -> None:
    page = (ROOT / "docs/operate.md").read_text()
    drill, kept = (
        page.split(f"## {heading}\n")[1].split("\n## ")[0]
        for heading in ("Restore a table", "What is kept, and for how long")
    )
    for table in template.of_type("AWS::DynamoDB::Table"):
        assert table in drill, table
        assert table in kept, table


def test_the_addresses_of_an_integration_are_routes(template: Template) -> None:
    text = json.dumps(template.functions["KommoConnect"]["Events"])
    for address in re.findall(r"https://hub\.example\.com(/oauth/kommo[\w/]*)", (ROOT / "docs/deploy.md").read_text()):
        assert f'"{address}"' in text
