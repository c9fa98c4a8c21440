"""The routes, by subject. Each handler reads a `Call`, asks the world, and gives an `Answer`."""

from sandbox.altegio.wire import Route

from . import account, availability, catalogue, clients, events, finance, loyalty, marketplace, online, records, v2


def all_routes() -> list[Route]:
    """Every route of the provider; more special paths stand before more general ones."""
    tables = (account, catalogue, availability, online, records, clients, events, finance, loyalty, marketplace, v2)
    return [route for table in tables for route in table.ROUTES]
