"""What can be amiss with an installation's access, and what a person can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bookdeal.installs.installation import KOMMO_WEBHOOKS
from bookdeal.installs.uninstalling import UNINSTALLED

ALTEGIO_WEBHOOKS = "altegio_webhooks"

REMEDIES: Mapping[str, str] = {
    "kommo_token": "reconnect_kommo",
    "kommo_rights": "reconnect_kommo_as_administrator",
    "kommo_payment": "pay_kommo",
    "kommo_gone": "reconnect_kommo",
    UNINSTALLED: "install_again",
    KOMMO_WEBHOOKS: "choose_plan_with_webhooks",
    "altegio_token": "log_in_to_altegio",
    "altegio_rights": "give_rights_in_altegio",
    "altegio_payment": "pay_altegio",
    "altegio_gone": "choose_locations",
    "altegio_frozen": "pay_in_marketplace",
    "altegio_uninstalled": "connect_in_marketplace",
    ALTEGIO_WEBHOOKS: "give_webhook_right",
}
"""What can be amiss with access, and what a person can do about it."""

WARNINGS = frozenset({KOMMO_WEBHOOKS, ALTEGIO_WEBHOOKS})
"""What makes Bookdeal slow, not blind: the sweep finds what no bell tells."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something amiss. `key` names where: kommo, altegio, or one location; `since` in unix seconds.

    `noticed`: administrators were told by a task.
    """

    key: str
    code: str
    since: float
    location: int | None = None
    noticed: bool = False

    @property
    def remedy(self) -> str:
        """What a person can do about it, as a code."""
        return REMEDIES.get(self.code, "")

    @property
    def stops_all(self) -> bool:
        """Whether nothing can be done for the installation while it lasts."""
        return self.key in ("kommo", "altegio")
