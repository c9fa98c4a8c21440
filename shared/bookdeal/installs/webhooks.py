"""Where the providers ring: an installation's webhook addresses, set up without harming anybody else's."""

from typing import Protocol

from bookdeal.altegio.models import HookSettings
from bookdeal.installs.connections import ALTEGIO, KOMMO
from bookdeal.installs.installation import Installation
from bookdeal.kommo.client import Ring, Subscription
from bookdeal.runtime.errors import Rejected
from bookdeal.runtime.webhook_key import sign

KOMMO_RINGS = (Ring.DEAL_CHANGED, Ring.DEAL_MOVED, Ring.DEAL_GONE, Ring.DEAL_BACK, Ring.CONTACT_GONE)
"""What Bookdeal listens to in Kommo."""


class KommoSubscriptions(Protocol):
    """What is asked of the Kommo client here."""

    def subscribe(self, destination: str, rings: tuple[Ring, ...]) -> None:
        """Let these ring at an address."""

    def subscriptions(self, destination: str) -> list[Subscription]:
        """Return what rings at an address."""


class AltegioHooks(Protocol):
    """What is asked of the Altegio client here."""

    def hook_settings(self, location: int) -> HookSettings:
        """Return where a location's hooks ring."""

    def save_hook_settings(self, location: int, settings: HookSettings) -> None:
        """Replace a location's hook settings."""


def address(public_url: str, source: str, installation: Installation, server_key: str) -> str:
    """Return the address at which a provider rings for an installation; `public_url` is the API's."""
    key = sign(server_key, source, installation.id, installation.generation)
    return f"{public_url}/webhooks/{source}/{installation.id}/{key}"


def listen_to_kommo(kommo: KommoSubscriptions, installation: Installation, public_url: str, server_key: str) -> None:
    """Let Kommo ring. Subscribing again changes nothing and switches a disabled webhook on (contract §9.1)."""
    kommo.subscribe(address(public_url, KOMMO, installation, server_key), KOMMO_RINGS)


def listen_to_altegio(altegio: AltegioHooks, installation: Installation, public_url: str, server_key: str) -> None:
    """Let every location ring, keeping the addresses of other integrations.

    Altegio replaces a location's whole list, so it is read, merged, written, and read again (contract §9.1).
    Raises Rejected when a location does not ring here after that.
    """
    here = address(public_url, ALTEGIO, installation, server_key)
    for location in installation.locations:
        settings = altegio.hook_settings(location.id)
        if settings.rings(here):
            continue
        altegio.save_hook_settings(location.id, settings.ringing(here))
        if not altegio.hook_settings(location.id).rings(here):
            raise Rejected("hooks_not_saved", params={"location": location.id})
