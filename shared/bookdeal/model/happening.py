"""What happened in Kommo, as the account's own list of events tells it."""

from dataclasses import dataclass
from enum import StrEnum

from bookdeal.model.deal import Place


class HappeningKind(StrEnum):
    """What happened to a deal or a contact. Of those merged only the winner is told, not who was merged into it."""

    DEAL_MOVED = "deal_moved"
    DEAL_GONE = "deal_gone"
    DEAL_BACK = "deal_back"
    DEALS_MERGED = "deals_merged"
    CONTACT_GONE = "contact_gone"
    CONTACTS_MERGED = "contacts_merged"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `at` in unix seconds; `place` is where a deal was moved to, None: not told."""

    kind: HappeningKind
    id: int
    at: int
    place: Place | None = None
