"""A salon opens: one more location of the chain, of any size and in any zone (`POST /open`)."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.simulator import ControlError

from . import times, world_demo
from .model import Category, Location, Position, Service, Staff
from .state import World

MOST_EMPLOYEES = 200

# (title, price, minutes) by category: what a team offers, each category with its own part of the employees.
OFFER: dict[str, tuple[tuple[str, float, int], ...]] = {
    "Hair": (("Haircut", 30, 60), ("Colouring", 65, 90), ("Blow-dry", 20, 30)),
    "Nails": (("Manicure", 25, 45), ("Gel polish", 38, 75)),
    "Massage": (("Massage 60", 55, 60), ("Massage 90", 75, 90)),
}


def open_location(
    world: World, *, title: str, employees: int, city: str = "Barcelona", zone_name: str = "Europe/Madrid"
) -> Location:
    """Open a location for the account's owner, in the first chain; ControlError for what cannot be.

    An integration serves it once somebody chooses it there. Each employee has a weekday off, one in seven any day.
    """
    if not 1 <= employees <= MOST_EMPLOYEES:
        raise ControlError(f"a location has between 1 and {MOST_EMPLOYEES} employees")
    try:
        ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ControlError(f"no zone {zone_name}") from error
    if not world.chains:
        raise ControlError("the account has no chain")
    chain = next(iter(world.chains.values()))
    number = world.sequences.next("location")
    location = Location(number, title, chain.id, zone_name, city=city, address="Carrer de Prova 3")
    _employ(world, location, employees)
    chain.locations.append(number)
    world.locations[number] = location
    world.administrator.locations.append(number)
    return location


def _employ(world: World, location: Location, employees: int) -> None:
    today = times.day_of(world.wall(location))
    position = location.positions[8_100] = Position(8_100, "Stylist")
    for place, number in enumerate(world.sequences.take("staff", employees)):
        name = world_demo.NAMES[place % len(world_demo.NAMES)]
        surname = world_demo.SURNAMES[place // len(world_demo.NAMES) % len(world_demo.SURNAMES)]
        # The first ones go by their first names alone, as people in a salon do.
        shown = name if place < len(world_demo.NAMES) else f"{name} {surname}"
        location.staff[number] = Staff(number, shown, "Stylist", position, rating=4.8, weight=employees - place)
        location.days_off[number] = ((today.weekday() + 1 + place % 7) % 7,)
    team = list(location.staff)
    for place, (title, offered) in enumerate(OFFER.items()):
        category = location.categories[7_200 + place] = Category(7_200 + place, title, weight=10 - place)
        able = team[place :: len(OFFER)] or team
        for service, price, minutes in offered:
            number = world.sequences.next("service")
            lengths = dict.fromkeys(able, minutes * 60)
            location.services[number] = Service(number, service, category.id, price, minutes * 60, lengths)
