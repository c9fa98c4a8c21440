"""An emulated table."""

from tests.integration.runtime.conftest import _aws, clock, make_table, store

__all__ = ["_aws", "clock", "make_table", "store"]
