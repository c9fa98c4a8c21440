"""An installation as it is stored: who it is, what it has chosen, what its Kommo account is made of."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookdeal.installs.settings import SETTINGS, mapping_from, settings_from, settings_item
from bookdeal.model.booking import Location, ServiceCatalogue
from bookdeal.model.deal import Account, FieldType, Pipeline, Place, Stage
from bookdeal.model.field_codes import FieldPlan, field_plan
from bookdeal.model.settings import Settings
from bookdeal.runtime.errors import Conflict
from bookdeal.runtime.store import Item, Table, Write, made_of

PROFILE, LAYOUT, STATE = "profile", "layout", "state"
ACCOUNT = "account"
CATALOGUE = "catalogue#"
"""The part that holds the services of a location begins so; the location's id follows."""

HISTORY = "history"
"""The part that holds the import of older bookings; its `mappings` go on applying to the deals that were made."""

ACCESS = "access"
"""The part that says what is amiss with an installation's access. Its `due_at` is when to look again."""

CONSENT = "consent"
"""The part of an item that is a consent under way. Its `due_at` is when the sweep has to ring for it again."""

KOMMO_WEBHOOKS = "kommo_webhooks"
"""The problem of an installation whose Kommo account cannot ring."""

SETTING_UP = "setting_up"
"""The pause of an installation that has not gone live yet."""

REBUILDING = "rebuilding"
"""The pause of an installation whose links are rebuilt before anything else: a booking without one gets a deal."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the Kommo account is made of, as far as deals need it: pipelines, and the ids of the fields by their code.

    The fields are those that the settings choose; `plan` is that choice. `types` tells the fields' types by their id.
    """

    account: Account
    pipelines: tuple[Pipeline, ...]
    deal_fields: Mapping[str, int]
    contact_fields: Mapping[str, int]
    plan: FieldPlan = field(default_factory=lambda: field_plan(Settings()))
    types: Mapping[int, FieldType] = field(default_factory=dict)

    def has(self, place: Place) -> bool:
        """Tell whether the account has this stage."""
        return any(
            pipeline.id == place.pipeline and any(stage.id == place.stage for stage in pipeline.stages)
            for pipeline in self.pipelines
        )


@dataclass(frozen=True, slots=True)
class Installation:
    """One Kommo account that uses Bookdeal.

    `kommo_host` is the account's own host name, `client_id` the integration that it installed. `generation` is that of
    its webhook keys: an older key rings nothing. `paused` is the reason why nothing is written for now, None when all
    is well. `phone_salt` keys the marks by which a phone is recognised without being stored. `state` is the mover's own
    item, as it was when this was read. `catalogues` are the locations' services, as far as rules have asked for them.
    `is_live`: somebody has set it up to the end; until then it is paused. `paused_at` is when that was (unix seconds),
    where it is known. `unheard_since` is when it was found out that Kommo cannot ring, in unix seconds; None: it rings.
    """

    id: str
    kommo_host: str
    kommo_account: int
    locations: tuple[Location, ...]
    generation: int
    paused: str | None
    phone_salt: str
    settings: Settings
    layout: Layout | None
    state: Item | None
    client_id: str = ""
    catalogues: Mapping[int, ServiceCatalogue] = field(default_factory=dict)
    is_live: bool = True
    unheard_since: float | None = None
    paused_at: int | None = None

    @property
    def fitting_layout(self) -> Layout | None:
        """The account's make-up, None where it has to be read anew because the settings choose other fields now."""
        return self.layout if self.layout is not None and self.layout.plan == field_plan(self.settings) else None

    @property
    def heard_at(self) -> int | None:
        """When a webhook of a location last rang (unix seconds), None for never."""
        return (self.state or {}).get("rung_at") or None

    def today(self, now: float) -> date:
        """Return the day that it is at its locations, the earlier where they differ. `now` in unix seconds."""
        zones = {location.timezone or "UTC" for location in self.locations} or {"UTC"}
        return min(datetime.fromtimestamp(now, ZoneInfo(zone)).date() for zone in zones)

    def location(self, id: int) -> Location | None:
        """Return one of its locations, None for a foreign one."""
        return next((location for location in self.locations if location.id == id), None)


class Installations:
    """The stored installations."""

    def __init__(self, table: Table) -> None:
        """Bind to the installations table."""
        self._table = table

    def read(self, installation: str) -> Installation | None:
        """Return an installation with all its parts, None when there is none of that id."""
        parts = {str(item["part"]): item for item in self._table.query(installation, consistent=True)}
        profile = parts.get(PROFILE)
        if profile is None:
            return None
        return Installation(
            id=installation,
            kommo_host=profile["kommo_host"],
            kommo_account=profile["kommo_account"],
            locations=tuple(made_of(Location, location) for location in profile["locations"]),
            generation=profile["generation"],
            paused=profile.get("paused"),
            phone_salt=profile["phone_salt"],
            settings=_with_imports(settings_from(parts.get(SETTINGS, {})), parts.get(HISTORY, {})),
            layout=layout_from(parts[LAYOUT]) if LAYOUT in parts else None,
            state=parts.get(STATE),
            client_id=profile.get("client_id", ""),
            catalogues={
                int(part.removeprefix(CATALOGUE)): catalogue_from(item)
                for part, item in parts.items()
                if part.startswith(CATALOGUE)
            },
            is_live=profile.get("is_live", True),
            unheard_since=next(
                (
                    float(problem["since"])
                    for problem in parts.get(ACCESS, {}).get("problems", ())
                    if problem["code"] == KOMMO_WEBHOOKS
                ),
                None,
            ),
            paused_at=profile.get("paused_at"),
        )

    def of_account(self, account: int) -> str | None:
        """Return the installation of a Kommo account, by the account's id, None when it has none.

        Who speaks for the account by an integration's secret must also name the installation's own `client_id`.
        """
        item = self._table.get(account_key(account), PROFILE, consistent=True)
        return str(item["id"]) if item else None

    def of_location(self, location: int) -> tuple[str, ...]:
        """Return the installations that have chosen a location."""
        return tuple(str(item["part"]) for item in self._table.query(location_key(location), consistent=True))

    def make(self, installation: Installation) -> str:
        """Store a new installation unless its account has one already; return the id of the account's installation."""
        try:
            self._table.put(
                {
                    "installation": account_key(installation.kommo_account),
                    "part": PROFILE,
                    "id": installation.id,
                },
                when=self._table.absent,
            )
        except Conflict as conflict:
            known = str((conflict.item or {}).get("id", installation.id))
            if self.read(known) is not None:
                return known
            # It was forgotten, or somebody was killed between the pointer and the installation.
        self.write(installation)
        return installation.id

    def connect(self, installation: str, *, kommo_host: str, client_id: str) -> None:
        """Note at which host the account is now, and by which integration it was connected last."""
        self._table.update(
            installation,
            PROFILE,
            change="SET #kommo_host = :kommo_host, #client_id = :client_id",
            when="attribute_exists(#kommo_host)",
            values={"kommo_host": kommo_host, "client_id": client_id},
        )

    def choose(self, installation: Installation, locations: Sequence[Location]) -> None:
        """Set the locations of an installation."""
        for location in locations:
            self._table.put({"installation": location_key(location.id), "part": installation.id})
        self._table.update(
            installation.id,
            PROFILE,
            change="SET #locations = :locations",
            when="attribute_exists(#kommo_host)",
            values={"locations": [_location_item(location) for location in locations]},
        )
        for gone in {known.id for known in installation.locations} - {location.id for location in locations}:
            self._table.delete(location_key(gone), installation.id)

    def write(self, installation: Installation) -> None:
        """Store an installation's profile and settings, whatever stood there."""
        account, id = account_key(installation.kommo_account), installation.id
        self._table.put({"installation": account, "part": PROFILE, "id": id})
        for location in installation.locations:
            self._table.put({"installation": location_key(location.id), "part": id})
        self._table.put(
            {
                "installation": installation.id,
                "part": PROFILE,
                "kommo_host": installation.kommo_host,
                "kommo_account": installation.kommo_account,
                "locations": [_location_item(location) for location in installation.locations],
                "generation": installation.generation,
                "paused": installation.paused,
                "phone_salt": installation.phone_salt,
                "client_id": installation.client_id,
                "is_live": installation.is_live,
            }
        )
        self._table.put({"installation": installation.id, "part": SETTINGS, **settings_item(installation.settings)})

    def write_layout(self, installation: str, layout: Layout) -> None:
        """Store what the account is made of."""
        self._table.put({"installation": installation, "part": LAYOUT, **layout_item(layout)})

    def write_catalogue(self, installation: str, location: int, catalogue: ServiceCatalogue) -> None:
        """Store the services of a location."""
        self._table.put({"installation": installation, "part": f"{CATALOGUE}{location}", **catalogue_item(catalogue)})

    def pause(self, installation: str, reason: str | None) -> None:
        """Pause an installation for a reason, or let it go on with None. Its work waits; nothing is dropped.

        One that is not there (any more) stays so.
        """
        with suppress(Conflict):
            self._table.update(
                installation,
                PROFILE,
                change="SET #paused = :paused, #paused_at = :now",
                when="attribute_exists(#installation)",
                values={"paused": reason, "now": int(self._table.store.clock.now()) if reason else None},
            )

    def holding(self, installation: str, before: str | None) -> Write:
        """Return the write that holds an installation for its links' rebuilding, if it is paused for `before`."""
        return self._table.updating(
            installation,
            PROFILE,
            change="SET #paused = :held, #paused_at = :now",
            when="#paused = :before",
            values={"held": REBUILDING, "before": before, "now": int(self._table.store.clock.now())},
        )

    def rebuilt(self, installation: str, before: str | None, after: str | None) -> bool:
        """Note that the links are rebuilt: an installation paused for `before` is paused for `after` from here on.

        Where that is None it is live now. Returns False when it was paused for another reason meanwhile, which stays.
        """
        try:
            self._table.update(
                installation,
                PROFILE,
                change="SET #paused = :after" + ("" if after else ", #is_live = :yes"),
                when="#paused = :before",
                values={"before": before, "after": after} | ({} if after else {"yes": True}),
            )
        except Conflict:
            return False
        return True

    def let_go_on(self, installation: str, reason: str) -> bool:
        """End the pause if it is for this reason; tell whether it was."""
        try:
            self._table.update(
                installation,
                PROFILE,
                change="SET #paused = :none",
                when="#paused = :reason",
                values={"none": None, "reason": reason},
            )
        except Conflict:
            return False
        return True


def _with_imports(settings: Settings, history: Mapping[str, Any]) -> Settings:
    """Return settings that know into which pipelines older bookings were imported."""
    mappings = tuple(filter(None, map(mapping_from, history.get("mappings", ()))))
    return replace(settings, status_sync=replace(settings.status_sync, imports=mappings)) if mappings else settings


def account_key(account: int) -> str:
    """Return the key of the item that leads from a Kommo account to its installation."""
    return f"{ACCOUNT}#{account}"


def location_key(location: int) -> str:
    """Return the key of the items that lead from a location to its installations."""
    return f"location#{location}"


def layout_item(layout: Layout) -> Item:
    """Return the stored form of a layout."""
    account = layout.account
    return {
        "account": {
            "id": account.id,
            "name": account.name,
            "subdomain": account.subdomain,
            "country": account.country,
            "currency": account.currency,
            "language": account.language,
            "timezone": account.timezone,
        },
        "pipelines": [
            {
                "id": pipeline.id,
                "name": pipeline.name,
                "is_main": pipeline.is_main,
                "stages": [[stage.id, stage.name, stage.kind] for stage in pipeline.stages],
            }
            for pipeline in layout.pipelines
        ],
        "deal_fields": dict(layout.deal_fields),
        "contact_fields": dict(layout.contact_fields),
        "plan": {"deals": dict(layout.plan.deals), "contacts": dict(layout.plan.contacts)},
        "types": {str(id): type.value for id, type in layout.types.items()},
    }


def layout_from(item: Mapping[str, Any]) -> Layout:
    """Read the stored form of a layout."""
    return Layout(
        account=made_of(Account, item["account"]),
        pipelines=tuple(
            Pipeline(pipeline["id"], pipeline["name"], pipeline["is_main"], _stages(pipeline["stages"]))
            for pipeline in item["pipelines"]
        ),
        deal_fields=item["deal_fields"],
        contact_fields=item["contact_fields"],
        # An older version stored no choice: its fields do not fit, and are read anew.
        plan=made_of(FieldPlan, item.get("plan", {})),
        types={int(id): FieldType(type) for id, type in item.get("types", {}).items()},
    )


def catalogue_item(catalogue: ServiceCatalogue) -> Item:
    """Return the stored form of a catalogue: the services of each category, which is the shortest."""
    services: dict[str, list[int]] = {}
    for service, category in catalogue.services.items():
        services.setdefault(str(category), []).append(service)
    return {"services": services, "read_at": catalogue.read_at}


def catalogue_from(item: Mapping[str, Any]) -> ServiceCatalogue:
    """Read the stored form of a catalogue."""
    return ServiceCatalogue(
        services={service: int(category) for category, services in item["services"].items() for service in services},
        read_at=item["read_at"],
    )


def _stages(stored: Sequence[Sequence[Any]]) -> tuple[Stage, ...]:
    return tuple(Stage(int(id), str(name), str(kind)) for id, name, kind in stored)


def _location_item(location: Location) -> Item:
    return {
        "id": location.id,
        "title": location.title,
        "city": location.city,
        "country": location.country,
        "timezone": location.timezone,
        "currency": location.currency,
        "active": location.active,
    }
