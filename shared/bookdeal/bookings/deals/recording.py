"""What a person asks for is recorded with what it was before, then written: so that it can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.undo import (
    Entity,
    Undo,
    change_to,
    field_values,
    is_mark,
    linked_contacts,
    place_of,
    unlinked_contacts,
)
from bookdeal.model.deal import ContactChange, Place
from bookdeal.runtime.errors import Refusal

REFUSED = "refused"
"""Why something is skipped that a provider refuses; its code is the decision's rule."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of changes, by id: what is as it should be, what was refused, what has an unknown outcome."""

    done: frozenset[int]
    refused: Mapping[int, Refusal]
    uncertain: frozenset[int]


def record(run: Run, decisions: Sequence[Decision]) -> None:
    """Record decisions of the command under way before they are carried out; those that were, before a kill, are kept.

    Raises Transient.
    """
    fresh = run.records.decisions.fresh(decisions)
    run.transact([run.records.decisions.record(decision) for decision in fresh])


def change_deals(run: Run, decisions: Sequence[Decision]) -> Written:
    """Record these decisions, at most one of a deal, and write what each one's `undo` says its deal is to be after it.

    Where a deal of bookings is moved, it counts as moved by a person: it stays there until a booking's inputs change.
    May be repeated at any point. Raises RateLimited, Transient, Revoked, LayoutChanged; ValueError for a value that is
    not kept.
    """
    wanted = {decision.deal: _whole(decision, Entity.DEAL) for decision in decisions}
    record(run, decisions)
    changes = [change_to(deal, undo.after) for deal, undo in wanted.items()]
    refused, uncertain = run.change([one for one in changes if one != change_to(one.id, {})], run.kommo.update_deals)
    run.check_make_up(refused.values())
    done = {deal: undo for deal, undo in wanted.items() if deal not in refused and deal not in uncertain}
    refused = {**refused, **_relink(run, done)}
    done = {deal: undo for deal, undo in done.items() if deal not in refused}
    remember_places(run, {deal: place for deal, undo in done.items() if (place := place_of(undo.after)) is not None})
    _record_refused(run, decisions, refused)
    return Written(frozenset(done), refused, frozenset(uncertain))


def change_contacts(run: Run, decisions: Sequence[Decision]) -> Written:
    """Record these decisions, at most one of a contact, and write the fields that each one's `undo` names.

    Everything else as in `change_deals`.
    """
    undos = [_whole(decision, Entity.CONTACT) for decision in decisions]
    record(run, decisions)
    changes = [ContactChange(undo.id, field_values(undo.after)) for undo in undos]
    refused, uncertain = run.change(changes, run.kommo.update_contacts)
    run.check_make_up(refused.values())
    _record_refused(run, decisions, refused)
    done = frozenset(undo.id for undo in undos if undo.id not in refused and undo.id not in uncertain)
    return Written(done, refused, frozenset(uncertain))


def _record_refused(run: Run, decisions: Sequence[Decision], refused: Mapping[int, Refusal]) -> None:
    """Record that what was recorded before did not come to pass."""
    refusals = []
    for decision in decisions:
        undo = decision.undo
        if undo is not None and undo.id in refused:
            nothing = Undo(undo.entity, undo.id, {}, {})
            rule = refused[undo.id].code or REFUSED
            refusals.append(replace(decision, rule=rule, skipped=REFUSED, undo=nothing, undoes=()))
    record(run, refusals)


def remember_places(run: Run, places: Mapping[int, Place]) -> None:
    """Remember where deals stand by a person's will, in the links of their bookings as far as they have any."""
    links = run.records.links
    theirs = links.of_deals(places) if places else {}
    everything = links.with_others(theirs.values())
    groups = []
    for deal, link in theirs.items():
        held = [everything[key] for key in link.held if key in everything]
        if any(one.known != places[deal] for one in held):
            groups.append([links.change(replace(one, known=places[deal]), one) for one in held])
    run.transact(groups)


def _relink(run: Run, wanted: Mapping[int, Undo]) -> dict[int, Refusal]:
    """Link and unlink contacts; return the deals that are refused alone. A contact that is not linked any more is fine.

    The main contact comes first: whoever is linked after it is not the main one.
    """
    linking = [
        (deal, contact, is_main)
        for deal, undo in wanted.items()
        for contact, is_main in linked_contacts(undo.after).items()
    ]
    linking.sort(key=lambda link: not link[2])
    refused = run.halving(linking, run.kommo.link_contacts, lambda link: link[0])
    unlinking = [
        (deal, contact)
        for deal, undo in wanted.items()
        if deal not in refused
        for contact in unlinked_contacts(undo.after)
    ]
    run.halving(unlinking, run.kommo.unlink_contacts, lambda link: link[0])
    return refused


def _whole(decision: Decision, entity: Entity) -> Undo:
    undo = decision.undo
    if undo is None or undo.entity is not entity or any(is_mark(value) for value in undo.after.values()):
        raise ValueError("a decision without all that is to be written")
    return undo
