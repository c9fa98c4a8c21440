"""The one family of errors. Each has one HTTP answer; none carries a provider's text or a person's data."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

type Params = Mapping[str, str | int | float]


class BookdealError(Exception):
    """Something went wrong in a way that Bookdeal knows.

    `reason` is a short code (lower case, underscores) that a screen translates; `params` are ids and numbers for it.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500

    def __init__(self, reason: str = "", *, params: Params | None = None) -> None:
        self.reason = reason
        self.params: dict[str, str | int | float] = dict(params or {})
        super().__init__(f"{self.code}: {reason}" if reason else self.code)


class Invalid(BookdealError):
    """What was asked makes no sense; asking again changes nothing. `field` is the path to what is wrong with it."""

    code = "invalid"
    http_status = 400

    def __init__(self, reason: str = "", *, field: str = "", params: Params | None = None) -> None:
        super().__init__(reason, params=params)
        self.field = field


class Faulty(Invalid):
    """Several things are wrong: `faults` names each by code, field and params; the error itself is the first."""

    http_status = 422

    def __init__(self, faults: Sequence[tuple[str, str, Params]]) -> None:
        code, field, params = faults[0]
        super().__init__(code, field=field, params=params)
        self.faults = tuple(faults)


class Unauthorised(BookdealError):
    """The caller, or the token shown to a provider, is not accepted."""

    code = "unauthorised"
    http_status = 401


class Forbidden(BookdealError):
    """The caller is known and may not do this."""

    code = "forbidden"
    http_status = 403


class NotFound(BookdealError):
    """The thing named does not exist, or not in this installation."""

    code = "not_found"
    http_status = 404


class Conflict(BookdealError):
    """Somebody else was first. `item` is what stands in the store now, where the store told it."""

    code = "conflict"
    http_status = 409

    def __init__(self, reason: str = "", *, item: dict[str, Any] | None = None, params: Params | None = None) -> None:
        super().__init__(reason, params=params)
        self.item = item


class _Later(BookdealError):
    """Not now: worth asking again after `wait` seconds."""

    def __init__(self, reason: str = "", *, wait: float = 1.0, params: Params | None = None) -> None:
        super().__init__(reason, params={"wait": round(wait, 3), **(params or {})})
        self.wait = wait


class RateLimited(_Later):
    """A request budget is spent, ours or the provider's. Nothing was done; `wait` in seconds."""

    code = "rate_limited"
    http_status = 429


class Transient(_Later):
    """It failed, nothing was done, and it may work after `wait` seconds."""

    code = "transient"
    http_status = 503


class Refusal(NamedTuple):
    """Why a provider refuses one element: its reason code, and the path inside the element ("" when not told)."""

    code: str
    path: str = ""


class Rejected(BookdealError):
    """The provider refuses what was sent; the same again would be refused again.

    `elements` names the refused ones of a batch by their mark or index; empty when the whole request is meant.
    """

    code = "rejected"
    http_status = 422

    def __init__(
        self,
        reason: str = "",
        *,
        elements: Mapping[str | int, Refusal] | None = None,
        params: Params | None = None,
    ) -> None:
        super().__init__(reason, params=params)
        self.elements: dict[str | int, Refusal] = dict(elements or {})


class Revoked(BookdealError):
    """Access to the provider is lost until a person gives it back. `reason` is one of the constants below.

    `provider` is kommo or altegio.
    """

    code = "revoked"
    http_status = 403

    TOKEN = "token"  # noqa: S105 - a reason code
    PAYMENT = "payment"
    RIGHTS = "rights"

    def __init__(self, reason: str = "", *, provider: str = "", params: Params | None = None) -> None:
        super().__init__(reason, params=params)
        self.provider = provider


def closes_location(error: BookdealError) -> bool:
    """Tell whether a provider's answer closes one location to us and nothing else: all others go on."""
    return "location" in error.params and error.reason != Revoked.TOKEN


class UnknownOutcome(BookdealError):
    """A write was sent and it is not known whether it was done. `status` is the HTTP answer, 0 when none came."""

    code = "unknown_outcome"
    http_status = 504

    def __init__(self, reason: str = "", *, status: int = 0, params: Params | None = None) -> None:
        super().__init__(reason, params=params)
        self.status = status


class BatchTooHeavy(UnknownOutcome):
    """The provider ran out of time on a batch: part of it may be done, and smaller batches are wise."""

    code = "batch_too_heavy"
