"""Logging in, locations, chains, users and their rights, webhook settings (contract §1, §2, §9.1)."""

from sandbox.altegio import access, hooks, times
from sandbox.altegio.account_model import Wire
from sandbox.altegio.model import Location
from sandbox.altegio.wire import PARTNER, Answer, Call, Refused, Route, as_objects, digits, not_found

V1 = "/api/v1"


def log_in(call: Call) -> Answer:
    given = call.fields()
    user = access.log_in(call.world, given.get("login"), given.get("password"))
    data = {
        "id": user.id,
        "user_token": user.token,
        "name": user.name,
        "phone": user.phone,
        "login": user.login,
        "email": user.email,
        "avatar": "https://pictures.example.test/user.png",
        "is_approved": True,
        "is_email_confirmed": True,
    }
    return Answer(data, status=201)


def location_view(call: Call, location: Location, *, mine: bool) -> Wire:
    offset = times.winter_offset(call.world.wall(location), location.zone)
    shown: Wire = {
        "id": location.id,
        "title": location.title,
        "public_title": location.title,
        "short_descr": "Beauty salon",
        "logo": "https://pictures.example.test/logo.png",
        "active": int(location.paid_licence),
        "phone": location.phone,
        "phones": [location.phone] if location.phone else [],
        "email": location.email,
        "country_id": location.country_id,
        "country": location.country,
        "city_id": location.city_id,
        "city": location.city,
        "timezone": offset // times.HOUR,
        "timezone_name": location.zone_name,
        "address": location.address,
        "coordinate_lat": 41.4,
        "coordinate_lon": 2.16,
        "phone_confirmation": False,
        "active_staff_count": sum(1 for one in location.staff.values() if not one.fired),
        "currency_short_title": location.currency,
        "reminds_sms_default": 24,
        "allow_change_record": True,
        "allow_change_record_delay_step": 3600,
        "allow_delete_record": True,
        "allow_delete_record_delay_step": 3600,
        "business_type_id": 1,
        "description": "",
        "photos": [],
        "group_priority": 900,
    }
    if mine:
        shown["main_group_id"] = location.chain_id
    if call.flag("show_groups"):
        chain = call.world.chain_of(location)
        shown["groups"] = [{"id": chain.id, "title": chain.title}]
    return shown


def companies(call: Call) -> Answer:
    found = list(call.world.locations.values())
    if call.flag("my"):
        if call.user is None:
            raise Refused(401, "Authentication needed.")
        # An application's system user sees none here (contract §2.1).
        found = [one for one in found if one.id in call.user.locations]
    if (group := call.integer("group_id")) is not None:
        found = [one for one in found if one.chain_id == group]
    if call.text("active"):
        found = [one for one in found if one.paid_licence == call.flag("active")]
    page, size = call.page(25)
    shown = [location_view(call, one, mine=call.flag("my")) for one in found[(page - 1) * size : page * size]]
    return Answer(shown, {"total_count": len(found)})


def company(call: Call) -> Answer:
    location = call.world.location(call.number("company"))
    if call.flag("my"):
        if call.user is None:
            raise Refused(401, "Authentication needed.")
        if not access.may_enter(call.world, call.user, location.id):
            raise Refused(403, "Access denied.")
    return Answer(location_view(call, location, mine=call.flag("my")))


def groups(call: Call) -> Answer:
    shown = []
    for chain in call.world.chains.values():
        mine = [one for one in chain.locations if call.user and access.may_enter(call.world, call.user, one)]
        if not mine or call.user is None:
            continue
        own = access.rights(call.user, mine[0])
        names = ("settings_access", "clients_access", "users_access", "loyalty_access")
        shown.append(
            {
                "id": chain.id,
                "title": chain.title,
                "companies": [{"id": one, "title": call.world.locations[one].title} for one in mine],
                "access": {name: str(int(bool(own[name]))) for name in names},
            }
        )
    return Answer(shown)


def group_clients(call: Call) -> Answer:
    chain = call.world.chains.get(call.number("group"))
    if chain is None:
        raise not_found()
    if not any(call.user and access.may_enter(call.world, call.user, one) for one in chain.locations):
        raise Refused(403, "Access denied.")
    phone = digits(call.text("phone"))
    found = [
        {"id": client.id, "company_id": one, "name": client.name, "email": client.email}
        for one in chain.locations
        for client in call.world.locations[one].clients.values()
        if phone and digits(client.phone) == phone
    ]
    return Answer({"salon_group_id": chain.id, "phone": phone, "clients": found})


def users(call: Call) -> Answer:
    found = [one for one in call.world.users.values() if call.location.id in one.locations]
    return Answer([access.user_view(one) for one in found], {"count": len(found)})


def my_permissions(call: Call) -> Answer:
    if call.user is None:
        raise Refused(401, "Authentication needed.")
    return Answer(access.grouped(call.user, call.location.id))


def roles(call: Call) -> Answer:
    with_rights = "user_permissions" in call.many("include")
    shown = []
    for slug in access.ROLES:
        role: Wire = {"slug": slug, "title": slug.capitalize()}
        if with_rights:
            own = {**access.ALL_RIGHTS, **access.LACKS.get(slug, {})}
            role["user_permissions"] = [{"slug": name, "value": value} for name, value in own.items()]
        shown.append(role)
    return Answer(shown)


def permissions(call: Call) -> Answer:
    user = call.world.users.get(call.number("user"))
    if user is None or call.location.id not in user.locations:
        raise not_found()
    if call.request.method == "PUT":
        given = as_objects(call.fields().get("user_permissions"), "user_permissions")
        access.set_rights(user, call.location.id, {str(one.get("slug")): one.get("value") for one in given})
    own = access.rights(user, call.location.id)
    return Answer(
        {
            "is_editable": user.role != "owner",
            "staff_id": user.staff_id,
            "user_role": user.role,
            "user_permissions": [{"slug": slug, "value": value} for slug, value in own.items()],
        }
    )


def hook_settings(call: Call) -> Answer:
    return Answer(hooks.settings_view(call.location.hooks))


def save_hook_settings(call: Call) -> Answer:
    hooks.replace_settings(call.location.hooks, call.fields(), call.partner)
    return Answer(hooks.settings_view(call.location.hooks), status=201)


ROUTES = [
    Route("POST", f"{V1}/auth", log_in, PARTNER),
    Route("GET", f"{V1}/companies", companies, PARTNER),
    Route("GET", f"{V1}/company/{{company}}", company, PARTNER),
    Route("GET", f"{V1}/groups", groups),
    Route("GET", f"{V1}/group/{{group}}/clients", group_clients),
    Route("GET", f"{V1}/company/{{company}}/users/roles", roles, right="users_access"),
    Route("GET", f"{V1}/company/{{company}}/users/{{user}}/permissions", permissions, right="users_access"),
    Route("PUT", f"{V1}/company/{{company}}/users/{{user}}/permissions", permissions, right="users_access"),
    Route("GET", f"{V1}/company/{{company}}/users", users, right="users_access"),
    Route("GET", f"{V1}/company_users/{{company}}", users, right="users_access"),
    Route("GET", f"{V1}/user/permissions/{{company}}", my_permissions),
    Route("GET", f"{V1}/hooks_settings/{{company}}", hook_settings, right="webhook_read_access"),
    Route("POST", f"{V1}/hooks_settings/{{company}}", save_hook_settings, right="webhook_read_access"),
]
