"""The built layers: bytecode that is taken as it is, both architectures, nothing that is never used, small enough."""

import importlib.util
import re
from pathlib import Path

import pytest

from sandbox.stack.emulator import ROOT

LIMIT = 250_000_000
"""Lambda's limit of a function and its layers, unpacked, in bytes."""
UNCHECKED_HASH = 0b01
FOR_ONE_KIND = {"_feature_detector_cpp", "fuzz_cpp_avx2", "metrics_cpp_avx2"}
"""Modules of rapidfuzz for some x86 processors only; elsewhere it takes those beside them."""


@pytest.fixture
def dependencies(built: Path) -> Path:
    return built / "DependenciesLayer" / "python"


@pytest.fixture
def bookdeal(built: Path) -> Path:
    return built / "BookdealLayer" / "python"


def header(bytecode: Path) -> tuple[bytes, int]:
    content = bytecode.read_bytes()[:8]
    return content[:4], int.from_bytes(content[4:], "little")


def test_third_party_packages_are_bytecode_of_this_python(dependencies: Path) -> None:
    assert list(dependencies.rglob("*.py")) == []
    bytecode = list(dependencies.rglob("*.pyc"))
    assert len(bytecode) > 500
    for file in bytecode:
        assert header(file)[0] == importlib.util.MAGIC_NUMBER, file


def test_each_of_our_modules_has_bytecode_that_is_never_compared(bookdeal: Path) -> None:
    sources = list(bookdeal.rglob("*.py"))
    expected = {path.relative_to(ROOT / "shared") for path in (ROOT / "shared").rglob("*.py")}
    assert {path.relative_to(bookdeal) for path in sources} == expected
    for source in sources:
        file = Path(importlib.util.cache_from_source(str(source)))
        assert header(file) == (importlib.util.MAGIC_NUMBER, UNCHECKED_HASH), source


def test_binary_modules_are_there_for_both_architectures(dependencies: Path) -> None:
    machines: dict[str, set[str]] = {}
    for file in dependencies.rglob("*.so"):
        name, _, platform = file.name.partition(".")
        machines.setdefault(name, set()).add(platform)
    assert "_pydantic_core" in machines
    for name, platforms in machines.items():
        architectures = ("x86_64",) if name in FOR_ONE_KIND else ("x86_64", "aarch64")
        assert platforms == {f"cpython-313-{architecture}-linux-gnu.so" for architecture in architectures}, name


def test_every_aws_service_that_is_called_is_described(dependencies: Path) -> None:
    code = [path.read_text() for folder in ("shared", "functions") for path in (ROOT / folder).rglob("*.py")]
    called = {service for text in code for service in re.findall(r'(?:client|resource)\(\s*"([a-z0-9-]+)"', text)}
    assert called == {path.name for path in (dependencies / "botocore" / "data").iterdir() if path.is_dir()}


def test_a_function_with_its_layers_fits(built: Path) -> None:
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    assert size < LIMIT / 4
