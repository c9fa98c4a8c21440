"""What an Altegio account consists of. Names follow the wire (contract §0.2)."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from .account_model import HookSettings, Wire
from .record_index import RecordIndex

ABSENT, WAITING, ARRIVED, CONFIRMED = -1, 0, 1, 2
ATTENDANCES = (ABSENT, WAITING, ARRIVED, CONFIRMED)


@dataclass(slots=True)
class Position:
    """A job in a location."""

    id: int
    title: str


@dataclass(slots=True)
class Staff:
    """A team member. `as_given` keeps keys of a recorded element that are served back unchanged."""

    id: int
    name: str
    specialization: str
    position: Position | None
    user_id: int | None = None
    rating: float = 0
    fired: int = 0
    hidden: int = 0
    weight: int = 0
    as_given: Wire = field(default_factory=dict)


@dataclass(slots=True)
class Category:
    """A service category."""

    id: int
    title: str
    weight: int = 0


@dataclass(slots=True)
class Service:
    """A service; `lengths` maps who does it to seconds, `prices` to an own price where there is one."""

    id: int
    title: str
    category_id: int
    price: float
    duration: int
    lengths: dict[int, int]
    prices: dict[int, float] = field(default_factory=dict)
    capacity: int = 0
    active: int = 1
    weight: int = 0
    as_given: Wire = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        """Whether it is held as an event for several clients."""
        return self.capacity > 0

    def price_with(self, staff_id: int) -> float:
        """The unit price with that team member."""
        return self.prices.get(staff_id, self.price)


@dataclass(slots=True)
class Label:
    """A category of clients (entity 1), records (2) or events (3); 0 is for all. Colours without `#`."""

    id: int
    title: str
    color: str
    font_color: str
    icon: str
    entity: int
    system: bool = False
    deleted: bool = False


@dataclass(slots=True)
class CustomField:
    """A field of a location's own on records or clients."""

    id: int
    entity: str
    code: str
    title: str
    type: str
    user_can_edit: bool = True
    show_in_ui: bool = True


@dataclass(slots=True)
class Resource:
    """A room or a device, with its instances as id → title."""

    id: int
    title: str
    instances: dict[int, str]
    as_given: Wire = field(default_factory=dict)


@dataclass(slots=True)
class Client:
    """A client's card with the counters that bookings and payments keep up to date."""

    id: int
    name: str
    phone: str
    email: str = ""
    surname: str = ""
    patronymic: str = ""
    discount: float = 0
    card: str = ""
    sex_id: int = 0
    importance_id: int = 0
    comment: str = ""
    birth_date: str = ""
    labels: list[int] = field(default_factory=list)
    custom_fields: Wire = field(default_factory=dict)
    changed: int = 0
    created: int = 0
    success_visits: int = 0
    fail_visits: int = 0
    spent: float = 0
    paid: float = 0
    last_visit: str = ""
    sms_check: int = 0
    records: set[int] = field(default_factory=set)
    comments: list[Wire] = field(default_factory=list)
    as_given: Wire = field(default_factory=dict)

    @property
    def display_name(self) -> str:
        """The name as lists show it."""
        return " ".join(part for part in (self.name, self.patronymic, self.surname) if part)


@dataclass(slots=True)
class Line:
    """One service of a record; money of the whole line, `discount` in percent."""

    id: int
    title: str
    amount: float
    cost_per_unit: float
    first_cost: float
    discount: float
    manual_cost: float
    cost: float


@dataclass(slots=True)
class Sale:
    """One product sold with a visit; `amount` is negative: it left the stock."""

    id: int
    good_id: int
    title: str
    amount: float
    cost_per_unit: float
    discount: float
    manual_cost: float
    cost: float
    master_id: int
    as_given: Wire = field(default_factory=dict)


@dataclass(slots=True)
class Counted:
    """What a record has added to its client's card so far."""

    client_id: int = 0
    success: int = 0
    fail: int = 0
    spent: float = 0


@dataclass(slots=True)
class Record:
    """An appointment. `starts` is a wall, `created` and `changed` are moments (see `times`), lengths in seconds.

    `as_given` keeps what a recorded element says differently from what this model derives, key by key; a change of
    the thing behind a key drops that key.
    """

    id: int
    company_id: int
    staff_id: int
    client_id: int
    starts: int
    length: int
    created: int
    changed: int
    changed_wall: int
    visit_id: int
    document_id: int
    services: list[Line] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    comer: Wire | None = None
    clients_count: int = 1
    attendance: int = WAITING
    visit_attendance: int = WAITING
    confirmed: int = 1
    deleted: bool = False
    paid_full: int = 0
    comment: str = ""
    online: bool = False
    api_id: str = ""
    created_user_id: int = 0
    custom_color: str = ""
    custom_font_color: str = ""
    labels: list[int] = field(default_factory=list)
    activity_id: int = 0
    custom_fields: Wire = field(default_factory=dict)
    technical_break_duration: int = 0
    sms_remain_hours: int | None = 0
    email_remain_hours: int | None = 0
    master_request: int = 0
    from_url: str = ""
    record_from: str = ""
    bookform_id: int = 0
    is_update_blocked: bool = False
    is_sale_bill_printed: bool = False
    prepaid: bool = False
    resource_instance_ids: list[int] = field(default_factory=list)
    transactions: list[int] = field(default_factory=list)
    counted: Counted = field(default_factory=Counted)
    as_given: Wire | None = None

    @property
    def ends(self) -> int:
        """The wall at which it ends."""
        return self.starts + self.length

    @property
    def total(self) -> float:
        """What the client pays for services and products."""
        return round(sum(line.cost for line in self.services) + sum(sale.cost for sale in self.sales), 2)

    def forget_given(self, *keys: str) -> None:
        """Serve these keys from the model from now on."""
        if self.as_given:
            for key in keys:
                self.as_given.pop(key, None)


@dataclass(frozen=True, slots=True)
class Message:
    """What a client was told of a record, and when: `starts` is the wall that he was told."""

    moment: int
    location_id: int
    record_id: int
    phone: str
    starts: int


@dataclass(slots=True)
class Transaction:
    """One movement of money; `record_id` 0 when it belongs to no record."""

    id: int
    document_id: int
    wall: int
    expense_id: int
    account_id: int
    amount: float
    client_id: int
    master_id: int
    supplier_id: int
    comment: str
    item_id: int
    sale_id: int
    record_id: int
    visit_id: int
    changed: int
    deleted: bool = False
    as_given: Wire = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """A till or a bank account."""

    id: int
    title: str
    is_cash: bool
    is_default: bool


@dataclass(slots=True)
class Event:
    """A group event; `starts` is a wall, lengths in seconds."""

    id: int
    service_id: int
    staff_id: int
    starts: int
    length: int
    capacity: int
    color: str = ""
    comment: str = ""
    instructions: str = ""
    stream_link: str = ""
    technical_break_duration: int = 0
    labels: list[int] = field(default_factory=list)
    resource_instance_ids: list[int] = field(default_factory=list)
    records: set[int] = field(default_factory=set)
    deleted: bool = False

    @property
    def ends(self) -> int:
        """The wall at which it ends."""
        return self.starts + self.length


@dataclass
class Location:
    """A salon with everything that is its own. Open and close of ordinary days in minutes of the day."""

    id: int
    title: str
    chain_id: int
    zone_name: str
    country: str = "Spain"
    country_id: int = 34
    city: str = "Barcelona"
    city_id: int = 8
    currency: str = "EUR"
    address: str = ""
    phone: str = ""
    email: str = ""
    paid_licence: bool = True
    opens: int = 9 * 60
    closes: int = 21 * 60
    positions: dict[int, Position] = field(default_factory=dict)
    staff: dict[int, Staff] = field(default_factory=dict)
    categories: dict[int, Category] = field(default_factory=dict)
    services: dict[int, Service] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    custom_fields: dict[int, CustomField] = field(default_factory=dict)
    resources: dict[int, Resource] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    goods: dict[int, tuple[str, float]] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    clients_by_phone: dict[str, int] = field(default_factory=dict)
    blacklist: set[int] = field(default_factory=set)
    records: dict[int, Record] = field(default_factory=dict)
    visits: dict[int, set[int]] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    # What differs from the ordinary day, (staff, midnight wall) → [(from, to)] in minutes; and weekly days off.
    schedule: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)
    days_off: dict[int, tuple[int, ...]] = field(default_factory=dict)
    hooks: HookSettings = field(default_factory=HookSettings)
    index: RecordIndex = field(default_factory=RecordIndex)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its wall clock."""
        return ZoneInfo(self.zone_name)
