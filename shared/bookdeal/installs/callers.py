"""Who asks the widget's API: a token of Kommo's becomes a user of an installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bookdeal.installs.installation import Installation, Installations
from bookdeal.installs.integrations import Integrations
from bookdeal.kommo import widget_token
from bookdeal.runtime.api import Caller
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import BookdealError, Conflict, NotFound, Unauthorised, UnknownOutcome
from bookdeal.runtime.store import Table


@dataclass(frozen=True, slots=True)
class Callers:
    """Identifies callers. `scratch` keeps the tokens whose one use is taken."""

    installations: Installations
    integrations: Integrations
    scratch: Table
    clock: Clock

    def identify(self, token: str) -> tuple[widget_token.Claims, Installation, Caller]:
        """Return what the token says, the installation of its account, and its user there.

        Raises Unauthorised: token or token_expired for what is not (any more) to be believed, not_installed for an
        account that is no installation of this integration.
        """
        client_id = widget_token.integration_of(token)
        try:
            integration = self.integrations.read(client_id)
        except NotFound:
            raise Unauthorised("token") from None
        claims = widget_token.verify(
            token, client_id=client_id, secret=integration.secret, redirect_uri=integration.redirect_uri
        )
        id = self.installations.of_account(claims.account)
        installation = self.installations.read(id) if id else None
        if (
            installation is None
            or installation.client_id != claims.client_id
            or installation.kommo_account != claims.account
        ):
            raise Unauthorised("not_installed")
        return claims, installation, Caller(installation.id, claims.user, claims.is_admin)

    @contextmanager
    def using_up(self, claims: widget_token.Claims, use: str = "") -> Iterator[None]:
        """Take a token's one use for what happens inside; give it back when that ends with nothing done.

        So the same request may be sent again after a refusal or a passing trouble, but not after it has, or may have,
        done something: then the widget asks Kommo for another token. `use` names what the token may do again, since it
        happens once whatever is repeated; a repetition gives nothing back. Raises Unauthorised("token_used").
        """
        key = f"token#{claims.client_id}#{claims.id}"
        expires_at = claims.expires_at + widget_token.LEEWAY + 1
        try:
            self.scratch.put({"key": key, "use": use, "expires_at": expires_at}, when=self.scratch.absent)
        except Conflict:
            taken = self.scratch.get(key)
            if not use or taken is None or taken.get("use") != use:
                raise Unauthorised("token_used") from None
            is_ours = False
        else:
            is_ours = True
        try:
            yield
        except UnknownOutcome:
            raise
        except BookdealError:
            if is_ours:
                self.scratch.delete(key)
            raise
