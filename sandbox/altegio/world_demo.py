"""The demo account: a chain of two salons in Barcelona with invented people, and the empty account."""

from dataclasses import dataclass, replace
from datetime import timedelta

from . import access, events, finance, loyalty, records, times
from .account_model import Application, Chain, Deposit, LoyaltyCard, Membership, MembershipType, User
from .clients import add
from .model import (
    ABSENT,
    ARRIVED,
    CONFIRMED,
    WAITING,
    Account,
    Category,
    Client,
    CustomField,
    Event,
    Label,
    Location,
    Position,
    Record,
    Resource,
    Service,
    Staff,
)
from .state import World
from .wire import Actor

CHAIN, GRACIA, SANTS = 14_500, 900_100, 900_101
OWNER, RECEPTION, TRAINER, SYSTEM = 300_500, 300_501, 300_502, 300_590
APPLICATION = 4_321
PASSWORD = "sandbox"
VIP, NEWCOMER, BIRTHDAY, ANY_SPECIALIST = 42, 43, 1_330, 1_324
GROUP_CLASSES = 7_101
SALON = Actor(user_id=OWNER)
DAYS_AROUND = (-3, -2, -1, 1, 2, 3, 5)

NAMES = (
    "Carla", "Marc", "Laia", "Pau", "Núria", "Jordi", "Aina", "Oriol", "Mireia", "Arnau", "Júlia", "Biel", "Clara",
    "Nil", "Ona", "Roger", "Emma", "Pol", "Berta", "Guillem", "Lola", "Iker", "Vera", "Hugo", "Noa", "Leo", "Alma",
    "Enzo", "Zoe", "Bruno", "Sara", "Izan", "Marta", "Adrià", "Elsa", "Joel", "Irene", "Gael", "Tània", "Quim",
)  # fmt: skip
SURNAMES = ("Ruiz", "Soler", "Vidal", "Puig", "Serra", "Costa", "Rovira", "Mas", "Pons", "Ferrer")


@dataclass(frozen=True)
class Salon:
    """What a demo salon offers.

    `staff`: (id, name, position, hidden, fired); `services`: (id, title, category, price, minutes, capacity); `skills`:
    who does the services of a category.
    """

    staff: tuple[tuple[int, str, int, int, int], ...]
    services: tuple[tuple[int, str, int, float, int, int], ...]
    skills: dict[int, tuple[int, ...]]


POSITIONS = {8_100: "Stylist", 8_101: "Trainer", 8_102: "Nail master", 8_103: "Masseur", 8_104: "Barber"}
CATEGORIES = {7_100: "Hair", GROUP_CLASSES: "Group classes", 7_102: "Nails", 7_103: "Massage", 7_104: "Beard"}
OFFER: dict[int, Salon] = {
    GRACIA: Salon(
        staff=(
            (51_001, "Berta", 8_100, 0, 0),
            (51_002, "Dani", 8_101, 0, 0),
            (51_003, "Elena", 8_100, 0, 0),
            (51_004, "Farid", 8_104, 0, 0),
            (51_005, "Gala", 8_102, 0, 0),
            (51_006, "Kai", 8_100, 1, 1),
        ),
        services=(
            (7_001, "Haircut", 7_100, 30, 60, 0),
            (7_002, "Colouring", 7_100, 65, 90, 0),
            (7_003, "Blow-dry", 7_100, 20, 30, 0),
            (7_004, "Children's haircut", 7_100, 18, 30, 0),
            (7_005, "Highlights", 7_100, 80, 120, 0),
            (7_006, "Hair treatment", 7_100, 35.5, 45, 0),
            (7_007, "Beard trim", 7_104, 15, 30, 0),
            (7_008, "Haircut and beard", 7_104, 38, 60, 0),
            (7_009, "Manicure", 7_102, 25, 45, 0),
            (7_010, "Pedicure", 7_102, 32, 60, 0),
            (7_011, "Gel polish", 7_102, 38, 75, 0),
            (7_050, "Group yoga", GROUP_CLASSES, 12, 60, 8),
            (7_051, "Pilates", GROUP_CLASSES, 14, 60, 6),
            (7_012, "Personal training", 7_103, 45, 60, 0),
        ),
        skills={
            7_100: (51_001, 51_003),
            7_104: (51_004,),
            7_102: (51_005,),
            GROUP_CLASSES: (51_002,),
            7_103: (51_002,),
        },
    ),
    SANTS: Salon(
        staff=(
            (51_101, "Hugo", 8_104, 0, 0),
            (51_102, "Iris", 8_102, 0, 0),
            (51_103, "Joana", 8_103, 0, 0),
        ),
        services=(
            (7_201, "Haircut", 7_100, 28, 45, 0),
            (7_202, "Beard trim", 7_104, 14, 30, 0),
            (7_203, "Manicure", 7_102, 24, 45, 0),
            (7_204, "Gel polish", 7_102, 36, 75, 0),
            (7_205, "Massage 60", 7_103, 55, 60, 0),
            (7_206, "Massage 90", 7_103, 75, 90, 0),
        ),
        skills={7_100: (51_101,), 7_104: (51_101,), 7_102: (51_102,), 7_103: (51_103,), GROUP_CLASSES: ()},
    ),
}


def fill_empty(world: World) -> None:
    """The account before its first client: users, the chain, two salons with what they offer, an application."""
    chain = Chain(CHAIN, "Studio Norte", [GRACIA, SANTS])
    world.chains[CHAIN] = chain
    world.locations[GRACIA] = _location(GRACIA, "Gràcia", "Carrer de l'Exemple 1", "+34 930 000 100")
    world.locations[SANTS] = _location(SANTS, "Sants", "Carrer de Mostra 22", "+34 930 000 101")
    add_people(world, [GRACIA, SANTS])
    for location in world.locations.values():
        _fill_salon(world, location)


def add_people(world: World, locations: list[int]) -> None:
    """The administrator, two employees with fewer rights, and an application with its system user."""
    first = locations[:1]
    for user in (
        _user(OWNER, "ada", "Ada Owner", "34600000001", "owner@example.test", "owner", locations),
        _user(RECEPTION, "rita", "Rita Reception", "34600000002", "rita@example.test", "administrator", first),
        _user(TRAINER, "dani", "Dani Trainer", "34600000003", "dani@example.test", "worker", first),
        _user(SYSTEM, "", "Bookdeal", "", "", "manager", []),
    ):
        user.token = access.new_token(world, user)
        world.users[user.id] = user
    world.users[SYSTEM].system_of = APPLICATION
    world.applications[APPLICATION] = Application(APPLICATION, "Bookdeal", world.partner_token, SYSTEM)


def _user(number: int, login: str, name: str, phone: str, email: str, role: str, locations: list[int]) -> User:
    return User(number, login, PASSWORD, name, phone, email, role, list(locations), token="")


def _location(number: int, title: str, address: str, phone: str) -> Location:
    return Location(
        id=number,
        title=title,
        chain_id=CHAIN,
        zone_name="Europe/Madrid",
        address=address,
        phone=phone,
        email=f"hello{number}@example.test",
    )


def _fill_salon(world: World, location: Location) -> None:
    """Staff, services, categories, tills, products and own fields of a location, without clients or bookings."""
    offer = OFFER[location.id]
    today = times.day_of(world.wall(location))
    for number, title in POSITIONS.items():
        location.positions[number] = Position(number, title)
    for place, (number, name, position, hidden, fired) in enumerate(offer.staff):
        staff = Staff(number, name, POSITIONS[position], location.positions[position], rating=4.8, weight=100 - place)
        staff.hidden, staff.fired = hidden, fired
        location.staff[number] = staff
        # Everyone has a weekday off, never the one on which the demo begins.
        location.days_off[number] = ((today.weekday() + 2 + place % 4) % 7,)
    for place, (number, title) in enumerate(CATEGORIES.items()):
        location.categories[number] = Category(number, title, weight=10 - place)
    for number, title, category, price, minutes, capacity in offer.services:
        able = offer.skills[category]
        lengths = dict.fromkeys(able, minutes * 60)
        service = Service(number, title, category, price, minutes * 60, lengths, capacity=capacity)
        if len(able) > 1:  # the second stylist takes longer and costs more
            service.lengths[able[1]] = minutes * 60 + 900
            service.prices[able[1]] = price + 5
        location.services[number] = service
    for number, title in ((1, "Cash"), (2, "Card")):
        account = location.id * 10 + number
        location.accounts[account] = Account(account, title, number == 1, number == 2)
    location.goods = {26_001: ("Shampoo", 18.0), 26_002: ("Hair oil", 24.5), 26_003: ("Yoga mat", 29.0)}
    location.resources[11_350] = Resource(11_350, "Chair", {135_001: "Chair 1", 135_002: "Chair 2"})
    location.custom_fields[5_000] = CustomField(5_000, "record", "source", "Source", "text")
    location.custom_fields[4_999] = CustomField(4_999, "client", "shoe_size", "Shoe size", "number")
    _labels(location)
    if location.id == GRACIA:
        location.staff[51_002].user_id = TRAINER
        world.users[TRAINER].staff_id = 51_002


def _labels(location: Location) -> None:
    """The four record categories that every location has, and some of its own."""
    for number, title, color, icon in (
        (1_321, "Full online payment", "4caf50", "money"),
        (1_322, "Partial online payment", "ff9800", "money"),
        (1_323, "This specialist only", "f44336", "lock"),
        (ANY_SPECIALIST, "Any specialist", "009800", "unlock"),
    ):
        location.labels[number] = Label(number, title, color, "ffffff", icon, 2, system=True)
    location.labels[BIRTHDAY] = Label(BIRTHDAY, "Birthday", "9c27b0", "ffffff", "gift", 2)
    location.labels[VIP] = Label(VIP, "VIP", "5495b0", "ffffff", "tag", 1)
    location.labels[NEWCOMER] = Label(NEWCOMER, "First time", "c85681", "ffffff", "tag", 1)
    location.labels[1_340] = Label(1_340, "For beginners", "1f5b2b", "ffffff", "tag", 3)


def fill(world: World) -> None:
    """The demo: two salons with clients, past and coming bookings, today's day, an event and memberships."""
    fill_empty(world)
    gracia, sants = world.locations[GRACIA], world.locations[SANTS]
    people = _clients(world, gracia, 0, 28)
    others = _clients(world, sants, 28, 12)
    # One client goes to both salons; a family shares its mother's phone.
    others.append(add(world, sants, replace(people[0], id=world.sequences.next("client"), labels=[], records=set())))
    mother = people[3]
    family = [
        add(world, gracia, Client(world.sequences.next("client"), name, mother.phone, surname=mother.surname))
        for name in ("Biel", "Ona")
    ]
    _around(world, gracia, people)
    _around(world, sants, others)
    _today(world, gracia, people, family)
    _ordinary_day(world, sants, others, 0)
    _events(world, gracia, people)
    _memberships(world, gracia, people)


def _clients(world: World, location: Location, first: int, count: int) -> list[Client]:
    made = []
    for place in range(first, first + count):
        name = NAMES[place % len(NAMES)]
        client = Client(
            id=world.sequences.next("client"),
            name=name,
            surname=SURNAMES[place % len(SURNAMES)],
            phone=f"+34600000{101 + place}",
            email=f"client{101 + place}@example.test" if place % 3 else "",
            labels=[VIP] if place % 9 == 0 else [NEWCOMER] if place % 5 == 4 else [],
            birth_date=f"{1970 + place % 35}-{place % 12 + 1:02d}-{place % 27 + 1:02d}" if place % 2 else "",
            importance_id=3 if place % 9 == 0 else 0,
            created=world.clock.stamp() - (200 - place) * times.DAY,
            changed=world.clock.stamp() - (100 - place) * times.DAY,
        )
        made.append(add(world, location, client))
    return made


def book(
    world: World,
    location: Location,
    client: Client | None,
    starts: int,
    staff_id: int,
    services: list[int],
    attendance: int = WAITING,
    *,
    made_days_ago: int = 4,
) -> Record:
    """A booking that was made some days ago; its stamps say so."""
    lines = [records.priced_line(location, staff_id, one) for one in services]
    length = sum(location.services[one].lengths[staff_id] for one in services) or 7_200
    draft = records.Draft(
        staff_id=staff_id,
        client_id=client.id if client else 0,
        starts=starts,
        length=length,
        lines=lines,
        attendance=attendance,
        save_if_busy=True,
        sms_remain_hours=4,
        email_remain_hours=2,
    )
    record = records.create(world, location, draft, SALON)
    made = min(times.to_moment(starts, location.zone), world.clock.stamp()) - made_days_ago * times.DAY
    record.created = record.changed = made - made % 1800 + record.id % 1800
    record.changed_wall = times.to_wall(record.changed, location.zone)
    location.index.put(record)
    return record


def _around(world: World, location: Location, people: list[Client]) -> None:
    """The days before, done and paid for the most part, and some days to come."""
    for shift in DAYS_AROUND:
        _ordinary_day(world, location, people[shift % 3 :: 2], shift)


def _ordinary_day(world: World, location: Location, people: list[Client], shift: int) -> None:
    day = times.wall_of(times.day_of(world.wall(location)) + timedelta(days=shift))
    place = shift * 7
    for staff in location.staff.values():
        offered = [one for one in location.services.values() if staff.id in one.lengths and not one.is_group]
        if staff.fired or not offered:
            continue
        minute = 9 * 60 + 30 * (staff.id % 3)
        for _ in range(3 if shift == 0 else 2):
            service = offered[place % len(offered)]
            client = people[place % len(people)]
            past = shift < 0
            attendance = (
                (ABSENT if place % 11 == 0 else ARRIVED) if past else (CONFIRMED if place % 4 == 0 else WAITING)
            )
            record = book(world, location, client, day + minute * 60, staff.id, [service.id], attendance)
            if past and attendance == ARRIVED and place % 5:
                finance.pay(world, location, [record], SALON)
            minute += service.lengths[staff.id] // 60 + 60
            place += 1


def _today(world: World, location: Location, people: list[Client], family: list[Client]) -> None:
    """Today in the first salon: every kind of booking once, besides ordinary ones."""
    day = times.day_start(world.wall(location))

    def at(hour: int, minute: int = 0) -> int:
        return day + hour * 3600 + minute * 60

    berta, dani, elena, farid, gala = 51_001, 51_002, 51_003, 51_004, 51_005
    book(world, location, people[0], at(9), berta, [7_001, 7_003], CONFIRMED)
    book(world, location, people[1], at(11), berta, [7_001])
    book(world, location, people[2], at(12, 30), berta, [7_002])
    # A visit of two bookings with different employees.
    book(world, location, people[4], at(15), berta, [7_001], CONFIRMED)
    book(world, location, people[4], at(16), gala, [7_009], CONFIRMED)
    # A child comes in the client's place.
    child = book(world, location, people[5], at(17), berta, [7_004])
    child.comer = {
        "id": 90_000,
        "name": "Nil",
        "surname": people[5].surname,
        "patronymic": "",
        "phone": "",
        "email": "",
    }
    # The family: three people, one phone.
    book(world, location, people[3], at(10), elena, [7_002], CONFIRMED)
    book(world, location, family[0], at(12, 15), elena, [7_004])
    book(world, location, family[1], at(13), elena, [7_004])
    book(world, location, people[6], at(15, 30), elena, [7_005])
    online = book(world, location, people[7], at(18), elena, [7_003])
    online.online, online.created_user_id, online.record_from, online.bookform_id = True, 0, "Online widget", 1
    labelled = book(world, location, people[8], at(9, 30), farid, [7_008], CONFIRMED)
    labelled.labels, labelled.custom_color, labelled.custom_font_color = [ANY_SPECIALIST, BIRTHDAY], "9c27b0", "ffffff"
    for place, hour in enumerate((11, 12, 15, 16, 18)):
        book(world, location, people[9 + place], at(hour), farid, [7_007 if place % 2 else 7_008])
    book(world, location, people[14], at(9), gala, [7_009], CONFIRMED)
    discounted = book(world, location, people[15], at(10, 30), gala, [7_011])
    discounted.services = [records.priced_line(location, gala, 7_011, discount=10)]
    book(world, location, people[16], at(12, 30), gala, [7_010])
    book(world, location, people[17], at(17, 30), gala, [7_009])
    book(world, location, people[18], at(10), dani, [7_012])
    # A lunch break: a booking without a client and without a service.
    lunch = book(world, location, None, at(13, 30), dani, [])
    lunch.length, lunch.comment = 3_600, "Lunch"
    location.index.put(lunch)


def _events(world: World, location: Location, people: list[Client]) -> None:
    """Yoga today at 18:00 with four of eight places taken, by three bookings; Pilates tomorrow."""
    day = times.day_start(world.wall(location))
    yoga = Event(0, 7_050, 51_002, day + 18 * times.HOUR, times.HOUR, 8, color="2196f3", labels=[1_340])
    pilates = Event(0, 7_051, 51_002, day + times.DAY + 19 * times.HOUR, times.HOUR, 6)
    for event in (yoga, pilates):
        events.save(world, location, event, SALON, force=True)
    for client, seats in ((people[19], 1), (people[20], 2), (people[21], 1)):
        draft = events.participant_draft(location, yoga, {"id": client.id}, {"clients_count": seats})
        records.create(world, location, draft, SALON)


def _memberships(world: World, location: Location, people: list[Client]) -> None:
    chain, now = world.chains[CHAIN], world.clock.stamp()
    classes = MembershipType(97_001, "10 classes", 90, 3, 3, False, 10, [(GROUP_CLASSES, 10)])
    club = MembershipType(97_002, "Hair club", 250, 1, 4, True, 12, [])
    chain.membership_types = {classes.id: classes, club.id: club}
    for client, kind, left, started in (
        (people[19], classes, 7, 20),
        (people[20], classes, 10, 0),
        (people[0], club, 5, 100),
        (people[21], classes, 3, 120),
    ):
        number = world.sequences.next("membership")
        activated = now - started * times.DAY if started else 0
        one = Membership(
            id=number,
            type_id=kind.id,
            number=str(788_000 + number % 1000),
            phone=client.phone,
            created=now - (started + 5) * times.DAY,
            activated=activated,
            expires=activated + kind.period * loyalty.UNIT_DAYS[kind.period_unit_id] * times.DAY if activated else 0,
            period=kind.period,
            period_unit_id=kind.period_unit_id,
            status_id=loyalty.ACTIVATED if activated else loyalty.ISSUED,
            united_count=left if kind.is_united else 0,
            links=[] if kind.is_united else [[GROUP_CLASSES, left]],
            sale_id=world.sequences.next("sale"),
        )
        chain.memberships[number] = one
    chain.deposits[21_000] = Deposit(21_000, people[1].id, location.id, 1, 100, 42.5, now - 30 * times.DAY)
    chain.cards[31_000] = LoyaltyCard(31_000, people[0].id, location.id, "9000001", "Points", 120)
