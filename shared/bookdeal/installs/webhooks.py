"""Where the providers ring: an installation's webhook addresses, set up without harming anybody else's.

An address is ours if it begins with this API's own place for the installation. Of those only the present one stays: a
key of an older generation or of a former server key is taken out where the new one has been put in.
"""

from collections.abc import Iterable
from typing import Protocol

from bookdeal.altegio.models import HookSettings
from bookdeal.installs.connections import ALTEGIO, KOMMO
from bookdeal.installs.installation import Installation
from bookdeal.kommo.client import Ring, Subscription
from bookdeal.model.booking import Location
from bookdeal.runtime.errors import Rejected
from bookdeal.runtime.webhook_key import sign

KOMMO_RINGS = (Ring.DEAL_CHANGED, Ring.DEAL_MOVED, Ring.DEAL_GONE, Ring.DEAL_BACK, Ring.CONTACT_GONE)
"""What Bookdeal listens to in Kommo."""


class KommoSubscriptions(Protocol):
    """What is asked of the Kommo client here."""

    def subscribe(self, destination: str, rings: tuple[Ring, ...]) -> None:
        """Let these ring at an address."""

    def unsubscribe(self, destination: str) -> None:
        """Let nothing ring at an address any more."""

    def subscriptions(self) -> list[Subscription]:
        """Return everything that rings anywhere."""


class AltegioHooks(Protocol):
    """What is asked of the Altegio client here."""

    def hook_settings(self, location: int) -> HookSettings:
        """Return where a location's hooks ring."""

    def save_hook_settings(self, location: int, settings: HookSettings) -> None:
        """Replace a location's hook settings."""


def address(public_url: str, source: str, installation: Installation, server_key: str) -> str:
    """Return the address at which a provider rings for an installation; `public_url` is the API's."""
    key = sign(server_key, source, installation.id, installation.generation)
    return f"{_place(public_url, source, installation)}{key}"


def listen_to_kommo(kommo: KommoSubscriptions, installation: Installation, public_url: str, server_key: str) -> bool:
    """Let Kommo ring here, and at no former address of the installation. Returns whether anything had to be done.

    Subscribing again changes nothing and switches a disabled webhook on (contract §9.1). Raises Rejected("rights") or
    Rejected("payment") where the token or the plan does not allow webhooks.
    """
    here = address(public_url, KOMMO, installation, server_key)
    ours = _ours(kommo.subscriptions(), public_url, installation)
    rings = any(one.destination == here and one.enabled and one.rings >= set(KOMMO_RINGS) for one in ours)
    if not rings:
        kommo.subscribe(here, KOMMO_RINGS)
    former = [one.destination for one in ours if one.destination != here]
    for destination in former:
        kommo.unsubscribe(destination)
    return not rings or bool(former)


def listen_to_altegio(altegio: AltegioHooks, installation: Installation, public_url: str, server_key: str) -> None:
    """Let every location ring, keeping the addresses of other integrations; errors as in `listen_to_location`."""
    for location in installation.locations:
        listen_to_location(altegio, installation, location, public_url, server_key)


def listen_to_location(
    altegio: AltegioHooks, installation: Installation, location: Location, public_url: str, server_key: str
) -> bool:
    """Let a location ring here, and at no former address of the installation. Returns whether it had to be told.

    Altegio replaces a location's whole list, so it is read, merged, written, and read again (contract §9.1).
    Raises Rejected when the location does not ring here after that, or when the user may not set hooks; Invalid when
    other integrations have taken all the places.
    """
    here = address(public_url, ALTEGIO, installation, server_key)
    settings = altegio.hook_settings(location.id)
    former = _former(settings.urls, public_url, installation) - {here}
    if settings.rings(here) and not former:
        return False
    altegio.save_hook_settings(location.id, settings.ringing(here, instead_of=former))
    if not altegio.hook_settings(location.id).rings(here):
        raise Rejected("hooks_not_saved", params={"location": location.id})
    return True


def leave_location(altegio: AltegioHooks, installation: Installation, location: Location, public_url: str) -> None:
    """Let a location ring for the installation no more, keeping the addresses of other integrations."""
    settings = altegio.hook_settings(location.id)
    ours = _former(settings.urls, public_url, installation)
    if ours and settings.active:
        altegio.save_hook_settings(location.id, settings.without(ours))


def _place(public_url: str, source: str, installation: Installation) -> str:
    return f"{public_url}/webhooks/{source}/{installation.id}/"


def _ours(found: Iterable[Subscription], public_url: str, installation: Installation) -> list[Subscription]:
    place = _place(public_url, KOMMO, installation)
    return [one for one in found if one.destination.startswith(place)]


def _former(urls: Iterable[str], public_url: str, installation: Installation) -> frozenset[str]:
    place = _place(public_url, ALTEGIO, installation)
    return frozenset(url for url in urls if url.startswith(place))
