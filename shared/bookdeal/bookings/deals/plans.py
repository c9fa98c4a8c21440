"""The plan of a deal that is there, as the mover makes it and as a preview shows it."""

from dataclasses import replace

from bookdeal.bookings.deals.holding import Held
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.planning import Applied, Surroundings, Update, plan_rebuilt, plan_update
from bookdeal.bookings.stamps import stamp_instant
from bookdeal.model.booking import Booking
from bookdeal.model.deal import Deal, DealChange


def surroundings(run: Run, booking: Booking) -> Surroundings:
    """Return all that planning needs beside the booking. Raises KeyError for one of a foreign location."""
    location = run.installation.location(booking.location)
    if location is None:
        raise KeyError(f"location {booking.location}")
    return Surroundings(
        settings=run.installation.settings,
        location=location,
        pipelines=run.layout.pipelines,
        field_ids=run.layout.deal_fields,
        account_zone=run.layout.account.timezone,
        language=run.layout.account.language,
        keeps_dates=run.keeps_dates,
    )


def plan_held(run: Run, held: Held, deal: Deal) -> Update:
    """Return what makes a deal equal to the bookings that it holds. Raises rules.UnknownStage."""
    booking, link = held.lead.booking, held.link
    around = surroundings(run, booking)
    if link.is_rebuilt and (stamp_instant(booking.changed, around.location.timezone) or 0) <= link.read_at:
        update = plan_rebuilt(booking, deal, around, held.visit)
    else:
        anew = any(change.anew for change in held.changes)
        applied = Applied(link.inputs, link.put, link.home, link.known, anew=anew)
        if deal.place == link.tried:
            # Our move has come there after all, and what was applied with it is not known.
            applied = replace(applied, inputs=None, put=link.tried, known=link.tried)
        update = plan_update(booking, applied, deal, around, held.visit)
    if not held.lead.is_vanished:
        return update
    # Nothing is known of it but that it is gone: the deal keeps what it shows.
    place = update.choice.place
    return Update(DealChange(deal.id, place=place) if place else None, update.choice, ())
