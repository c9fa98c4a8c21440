"""Random oddities of the wire, by seed and level: shapes that live answers take now and then (contract §0.4, §14).

What is always odd (`[]` for empty relations, offsets without colon, client stamps in +0400, the winter's offset in
`datetime`) is written by the views; here is what changes from one answer to the next.
"""

import random
from typing import Any

from .account_model import Wire

ID_KEYS = {"id", "staff_id", "visit_id", "company_id", "activity_id", "service_id", "category_id", "client_id"}
FLAG_KEYS = {"online", "deleted", "paid_full", "confirmed", "is_mobile", "is_united_balance"}
COLOR_KEYS = {"color", "font_color", "custom_color"}


class Quirks:
    """Turns answers odd with a probability `level` per place; 0 leaves everything as it is."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.level = 0.0

    def _strikes(self) -> bool:
        return self._chance.random() < self.level

    def meta(self, meta: Any) -> Any:
        """An empty meta as `{}` instead of `[]`."""
        return {} if self.level and meta == [] and self._strikes() else meta

    def created(self, data: Any) -> Any:
        """A created record within a list (contract §4.4)."""
        return [data] if self.level and self._strikes() else data

    def data(self, data: Any) -> Any:
        """The same data, some of it in its other shapes."""
        return self._walk(data, "") if self.level else data

    def _walk(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            shown: Wire = {name: self._walk(one, name) for name, one in value.items()}
            if "phone" in shown and self._strikes():
                self._phone(shown)
            if "balance_container" in shown and shown.get("balance_string") and self._strikes():
                shown["balance_container"] = {"links": [{**link, "count": 0} for link in _links(shown)]}
            return shown
        if isinstance(value, list):
            return [self._walk(one, "") for one in value]
        return self._leaf(value, key)

    def _leaf(self, value: Any, key: str) -> Any:
        if key in ID_KEYS and isinstance(value, int) and self._strikes():
            return str(value)
        if key in FLAG_KEYS and isinstance(value, bool | int) and self._strikes():
            return self._chance.choice((int(value), str(int(value)), bool(value)))
        if key in COLOR_KEYS and isinstance(value, str) and value and self._strikes():
            return value.removeprefix("#") if value.startswith("#") else f"#{value}"
        return value

    def _phone(self, shown: Wire) -> None:
        phone = shown["phone"]
        if isinstance(phone, str) and phone.removeprefix("+").isdigit() and self._chance.random() < 0.8:
            shown["phone"] = int(phone.removeprefix("+"))
        elif "display_name" in shown:
            del shown["phone"]


def _links(shown: Wire) -> list[Wire]:
    links = shown["balance_container"].get("links")
    return links if isinstance(links, list) else []
