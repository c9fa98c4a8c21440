"""Contacts that are gone: where a person merged one into another its clients follow, else they are met anew."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.links import BookingLink
from bookdeal.model.happening import Happening, HappeningKind
from bookdeal.runtime.errors import Rejected

LOOK_BACK = 30 * 24 * 3600
"""Seconds for which a merge is looked for: a contact that is gone may be noticed only with its next booking."""

MOST_PAGES = 5
"""Pages of merges that are looked through; who was merged before them is found again by his phone."""


def merges(run: Run, kinds: Collection[HappeningKind]) -> Iterator[Sequence[Happening]]:
    """Yield pages of what happened of these kinds of late; nothing where the account does not show it to us."""
    since = int(run.clock.now()) - LOOK_BACK
    with suppress(Rejected):
        yield from islice(run.kommo.happenings(since, kinds), MOST_PAGES)


def let_go(run: Run, gone: Iterable[int]) -> dict[int, int]:
    """Drop the links to contacts that are gone; return those that were merged, with the contact they are now.

    The events tell the winners of merges, not the losers: these are told by our deals, which hang on the winner now and
    hung on a contact that is gone (contract §8.4, §8.9).
    """
    lost = set(run.records.book.cards(gone))
    if not lost:
        return {}
    followed: dict[int, int] = {}
    for page in merges(run, {HappeningKind.CONTACTS_MERGED}):
        if lost <= followed.keys():
            break
        deals = run.kommo.deals_of_contacts(sorted({merge.id for merge in page}))
        links = run.records.links.of_deals([deal for theirs in deals.values() for deal in theirs])
        for winner, theirs in deals.items():
            moved: dict[int, list[BookingLink]] = defaultdict(list)
            for deal in theirs:
                link = links.get(deal)
                if link is not None and link.contact in lost - followed.keys() and link.contact != winner:
                    moved[link.contact].append(link)
            for loser, its_links in moved.items():
                followed[loser] = winner
                run.transact([run.records.book.follow(loser, winner)])
                everything = run.records.links.with_others(its_links)
                run.transact(
                    [
                        [
                            run.records.links.change(replace(each, contact=winner), each)
                            for key in link.held
                            if (each := everything.get(key)) is not None
                        ]
                        for link in its_links
                    ]
                )
                run.counts["contacts_merged"] += 1
    rest = lost - followed.keys()
    run.records.book.forget(rest)
    run.counts["contacts_gone"] += len(rest)
    return followed
