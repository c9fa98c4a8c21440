"""Which hosts are Altegio's, and may be sent a token (contract §0.3)."""

HOSTS = frozenset({"api.alteg.io", "app.alteg.io", "api.yclients.com"})


def is_altegio_host(host: str) -> bool:
    """Tell whether `host` (lower case, without port) is one of Altegio's."""
    return host in HOSTS
