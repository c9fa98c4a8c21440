"""Who may do what: the authorisation header, users' rights in a location, logins (contract §1)."""

from typing import Any

from .account_model import User, Wire
from .state import World
from .wire import Refused, digits

# The groups of `GET /user/permissions`; everything a user may have, with what an owner has.
GROUPS: dict[str, dict[str, bool | int]] = {
    "timetable": {
        "timetable_access": True,
        "master_id": 0,
        "position_id": 0,
        "last_days_count": -1,
        "schedule_edit_access": True,
        "timetable_phones_access": True,
        "timetable_transferring_record_access": True,
        "timetable_statistics_access": True,
    },
    "record_form": {
        "record_form_access": True,
        "record_form_client_access": True,
        "record_form_client_add_access": True,
        "records_autocomplete_access": True,
        "create_records_access": True,
        "edit_records_access": True,
        "edit_records_attendance_access": True,
        "record_edit_full_paid_access": True,
        "records_edit_last_days_count": -1,
        "records_edit_date_and_master_access": True,
        "delete_records_access": True,
        "delete_customer_came_records_access": True,
        "delete_paid_records_access": True,
        "custom_fields_client_values_read_access": True,
        "custom_fields_client_values_edit_access": True,
        "custom_fields_record_values_read_access": True,
        "custom_fields_record_values_edit_access": True,
    },
    "finances": {
        "finances_access": True,
        "finances_transactions_access": True,
        "finances_create_transactions_access": True,
        "finances_edit_transactions_access": True,
        "finances_delete_transactions_access": True,
        "finances_last_days_count": -1,
    },
    "clients": {
        "clients_access": True,
        "client_phones_access": True,
        "clients_card_phone_access": True,
        "clients_edit_access": True,
        "clients_delete_access": True,
        "client_comments_list_access": True,
        "client_comments_add_access": True,
        "clients_deposits_access": True,
        "clients_show_attendance_history_access": True,
    },
    "dashboard": {"dashboard_access": True, "dash_records_access": True},
    "loyalty": {"loyalty_access": True, "loyalty_abonement_balance_edit_access": True},
    "storages": {"storages_access": True},
    "settings": {
        "settings_access": True,
        "settings_services_access": True,
        "settings_master_access": True,
        "users_access": True,
        "webhook_read_access": True,
    },
}
ALL_RIGHTS = {slug: value for group in GROUPS.values() for slug, value in group.items()}
ROLES = ("worker", "administrator", "accountant", "manager", "owner")
# What the roles below the owner lack.
LACKS: dict[str, dict[str, bool | int]] = {
    "administrator": {"users_access": False, "settings_access": False, "webhook_read_access": False},
    "manager": {"users_access": False},
    "accountant": {"create_records_access": False, "edit_records_access": False, "delete_records_access": False},
    "worker": {
        "users_access": False,
        "settings_access": False,
        "webhook_read_access": False,
        "clients_access": False,
        "timetable_phones_access": False,
        "client_phones_access": False,
        "clients_card_phone_access": False,
        "delete_records_access": False,
        "finances_access": False,
        "finances_transactions_access": False,
        "loyalty_access": False,
    },
}


def tokens(header: str) -> tuple[str, str]:
    """(partner token, user token) of `Bearer <partner>, User <user>`, "" for what is absent."""
    partner = user = ""
    for part in header.split(","):
        scheme, _, value = part.strip().partition(" ")
        if scheme.lower() == "bearer":
            partner = value.strip()
        elif scheme.lower() == "user":
            user = value.strip()
    return partner, user


def rights(user: User, location_id: int) -> dict[str, bool | int]:
    """All rights of a user in a location: the role's, and what was set for him there."""
    return {**ALL_RIGHTS, **LACKS.get(user.role, {}), **user.rights.get(location_id, {})}


def set_rights(user: User, location_id: int, given: Wire) -> None:
    """Set rights by slug; 422 for unknown ones."""
    if unknown := set(given) - set(ALL_RIGHTS):
        raise Refused(422, "Validation error", {one: ["unknown right"] for one in sorted(unknown)})
    own = user.rights.setdefault(location_id, {})
    for slug, value in given.items():
        own[slug] = int(value) if not isinstance(ALL_RIGHTS[slug], bool) else bool(int(value))


def may_enter(world: World, user: User, location_id: int) -> bool:
    """Whether a user belongs to a location; an application's system user does while it is active there."""
    if user.system_of:
        installed = world.installations.get((user.system_of, location_id))
        return installed is not None and installed.status == "active"
    return location_id in user.locations


def new_token(world: World, user: User) -> str:
    """The user's token for his present password: another password makes another token (contract §1.2)."""
    return f"u{world.secret('user', user.id, user.password)[:31]}"


def change_password(world: World, user: User, password: str) -> None:
    """Set a password; the former token stops working at once."""
    user.password = password
    user.token = new_token(world, user)


def log_in(world: World, login: Any, password: Any) -> User:
    """The user with this login (a name, phone digits or an e-mail) and password; 401 otherwise."""
    for user in world.users.values():
        names = {user.login.casefold(), user.email.casefold(), digits(user.phone)} - {""}
        given = str(login or "").strip().casefold()
        if not user.system_of and (given in names or (digits(given) and digits(given) == digits(user.phone))):
            if user.password == password:
                return user
            break
    raise Refused(401, "Wrong login or password")


def grouped(user: User, location_id: int) -> Wire:
    """A user's rights in the groups of `GET /user/permissions`."""
    own = rights(user, location_id)
    return {group: {slug: own[slug] for slug in slugs} for group, slugs in GROUPS.items()}


def user_view(user: User) -> Wire:
    """A user as the list of a location shows him."""
    return {
        "id": user.id,
        "name": user.name,
        "phone": user.phone,
        "email": user.email,
        "information": "",
        "is_approved": True,
        "is_non_deletable": user.role == "owner",
        "user_role_slug": user.role,
    }
