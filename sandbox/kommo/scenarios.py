"""What an account holds at the start: users, pipelines, fields. All invented; all ids fixed."""

from collections.abc import Callable

from .pipelines import COLORS, new_pipeline
from .state import Account, Enum, Field, FieldGroup, Pipeline, Status, User

ACCOUNT_ID = 31_000_101
SUBDOMAIN = "lindasalon"
TIMEZONE = "Europe/Madrid"
CREATED_AT = 1_735_686_000  # 2025-01-01 in Madrid

CLIENT_ID = "6f0f7f0a-3b52-4c11-9d53-5a8f0b1c2d3e"
CLIENT_SECRET = "demo-secret-of-the-sandbox-only-Zk3v9Qw1"
REDIRECT_URI = "https://bookdeal.example.test/oauth/kommo"

SALES, SALON = 5_100_001, 5_100_002
SALES_STAGES = ("New enquiry", "Talking", "Offer made", "Thinking")
SALON_STAGES = ("New booking", "Confirmed", "Arrived", "No-show", "Call back")
FIRST_STAGE = 61_000_000

USERS = (
    (12_100_001, "Alba Torres", True),
    (12_100_002, "Bruno Gil", True),
    (12_100_003, "Carmen Vidal", False),
    (12_100_004, "Diego Ros", False),
    (12_100_005, "Elisa Mora", False),
)
TRACKING = ("UTM_CONTENT", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_SOURCE", "UTM_TERM", "UTM_REFERRER", "REFERRER",
            "GCLIENTID", "GCLID", "FBCLID")  # fmt: skip
PHONE_CODES = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
EMAIL_CODES = ("WORK", "PRIV", "OTHER")
FIRST_FIELD, FIRST_ENUM = 880_001, 1_440_001

# The first id that a thing made later gets.
FIRST_IDS = {
    "lead": 20_000_001, "contact": 30_000_001, "company": 40_000_001, "task": 50_000_001, "note": 70_000_001,
    "tag": 210_001, "field": 890_001, "enum": 1_450_001, "group": 90_000_000_001, "pipeline": 5_200_001,
    "status": 62_000_001, "webhook": 4_100_001, "source": 18_001, "catalog": 9_001, "element": 610_001,
    "integration": 2_101,
}  # fmt: skip


def _base(account: Account) -> None:
    """What every account has: users, the fields that Kommo brings, one pipeline, task types."""
    account.users = {
        number: User(number, name, f"{name.split()[0].lower()}@example.test", is_admin)
        for number, name, is_admin in USERS
    }
    account.task_types = [
        {"id": 1, "name": "Follow-up", "color": None, "icon_id": None, "code": "FOLLOW_UP"},
        {"id": 2, "name": "Meeting", "color": None, "icon_id": None, "code": "MEETING"},
    ]
    groups = {"leads": ("default", "statistic"), "contacts": ("default",), "companies": ("default",)}
    for entity_type, names in groups.items():
        account.field_groups[entity_type] = {
            name: FieldGroup(name, "Main" if name == "default" else "Statistics", place, is_predefined=True)
            for place, name in enumerate(names)
        }
    _predefined_fields(account)
    account.pipelines = {SALES: _pipeline(SALES, "Sales", SALES_STAGES, place=0)}


def _predefined_fields(account: Account) -> None:
    number, enum = FIRST_FIELD, FIRST_ENUM

    def add(entity_type: str, name: str, code: str, kind: str, codes: tuple[str, ...] = ()) -> None:
        nonlocal number, enum
        field = Field(number, name, kind, entity_type, code, is_predefined=True, is_deletable=False)
        field.sort = number - FIRST_FIELD + 1
        for sort, one in enumerate(codes):
            field.enums[enum] = Enum(enum, one, sort, one)
            enum += 1
        if kind == "tracking_data":
            field.group_id = "statistic"
        account.fields[entity_type][number] = field
        number += 1

    for code in TRACKING:
        add("leads", code.lower(), code, "tracking_data")
    add("contacts", "Position", "POSITION", "text")
    for entity_type in ("contacts", "companies"):
        add(entity_type, "Phone", "PHONE", "multitext", PHONE_CODES)
        add(entity_type, "Email", "EMAIL", "multitext", EMAIL_CODES)
    add("companies", "Web", "WEB", "url")
    add("companies", "Address", "ADDRESS", "textarea")


def _pipeline(number: int, name: str, stages: tuple[str, ...], *, place: int) -> Pipeline:
    first = FIRST_STAGE + 100 * place
    pipeline = new_pipeline(number, name, place + 1, first, is_main=place == 0)
    for step, stage in enumerate(stages, start=1):
        # Colours of the palette that a person can tell apart.
        color = COLORS[(step - 1) * 3 % len(COLORS)]
        pipeline.statuses[first + step] = Status(first + step, stage, 10 + 10 * step, color)
    return pipeline


def empty(account: Account) -> None:
    """A new account: one pipeline, no deals."""
    _base(account)


def demo(account: Account) -> None:
    """A salon's account: a pipeline for sales and one for bookings, loss reasons; no deals yet."""
    _base(account)
    account.pipelines[SALON] = _pipeline(SALON, "Salon", SALON_STAGES, place=1)
    for place, name in enumerate(("Too expensive", "Went elsewhere", "No answer", "Changed plans"), start=1):
        stamps = {"created_at": CREATED_AT, "updated_at": CREATED_AT}
        account.loss_reasons[8_100 + place] = {"id": 8_100 + place, "name": name, "sort": place * 100_000, **stamps}


SCENARIOS: dict[str, Callable[[Account], None]] = {"empty": empty, "demo": demo}
