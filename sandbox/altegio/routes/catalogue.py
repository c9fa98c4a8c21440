"""Team members, services, categories, labels, own fields and resources (contract §3.1, §3.2, §5, §7.5)."""

from sandbox.altegio.account_model import Wire
from sandbox.altegio.model import Category, CustomField, Label, Location, Service, Staff
from sandbox.altegio.record_view import PICTURE, position_view
from sandbox.altegio.state import service_of, staff_of
from sandbox.altegio.wire import (
    PARTNER,
    Answer,
    Call,
    Refused,
    Route,
    accepted,
    as_id,
    invalid,
    not_found,
    whole,
)

V1 = "/api/v1"
FIELD_TYPES = ("text", "number", "select", "list", "date", "datetime")
ANY, CLIENT = 0, 1


def staff_view(call: Call, staff: Staff) -> Wire:
    user = call.world.users.get(staff.user_id or 0)
    return {
        "id": staff.id,
        "api_id": None,
        "name": staff.name,
        "specialization": staff.specialization,
        "rating": staff.rating,
        "show_rating": 1,
        "votes_count": 0,
        "comments_count": 0,
        "user_id": staff.user_id,
        "has_access_timetable": user is not None,
        "is_paid_staff": not staff.fired,
        "avatar": PICTURE,
        "avatar_big": PICTURE,
        "bookable": False,
        "image_group": [],
        "information": "",
        "position_id": staff.position.id if staff.position else 0,
        "schedule_till": "1970-01-01" if staff.fired else "2030-12-31",
        "weight": staff.weight,
        "fired": staff.fired,
        "status": staff.hidden,
        "hidden": staff.hidden,
        "prepaid": "forbidden",
        "user": {
            "id": user.id,
            "name": user.name,
            "firstname": user.name,
            "phone": user.phone,
            "email": user.email,
            "deleted": 0,
            "avatar": "https://pictures.example.test/user.png",
        }
        if user
        else [],
        "position": position_view(staff),
        **staff.as_given,
    }


def staff_list(call: Call) -> Answer:
    found = sorted(call.location.staff.values(), key=lambda one: -one.weight)
    return Answer([staff_view(call, one) for one in found], {"total_count": len(found)})


def staff_one(call: Call) -> Answer:
    return Answer(staff_view(call, staff_of(call.location, call.number("staff"))))


def positions(call: Call) -> Answer:
    shown = [{"id": one.id, "title": one.title, "services_binding_type": 0} for one in call.location.positions.values()]
    return Answer(shown)


def service_view(location: Location, service: Service) -> Wire:
    prices = [service.price_with(one) for one in service.lengths] or [service.price]
    return {
        "id": service.id,
        "salon_service_id": service.id + 1_000_000,
        "title": service.title,
        "booking_title": service.title,
        "category_id": service.category_id,
        "price_min": whole(min(prices)),
        "price_max": whole(max(prices)),
        "discount": 0,
        "active": service.active,
        "service_type": service.active,
        "is_online": bool(service.active),
        "is_multi": service.is_group,
        "capacity": service.capacity,
        "is_composite": False,
        "duration": service.duration,
        "technical_break_duration": None,
        "default_technical_break_duration": 0,
        "seance_search_step": 900,
        "prepaid": "forbidden",
        "weight": service.weight,
        "api_id": "0",
        "comment": "",
        "resources": [],
        "image_group": [],
        "staff": [
            {
                "id": staff_id,
                "name": location.staff[staff_id].name,
                "seance_length": seconds,
                "price": service.prices.get(staff_id),
                "technological_card_id": 0,
                "image_url": "",
            }
            for staff_id, seconds in service.lengths.items()
            if staff_id in location.staff
        ],
        **service.as_given,
    }


def services(call: Call) -> Answer:
    found = list(call.location.services.values())
    if (staff := call.integer("staff_id")) is not None:
        found = [one for one in found if staff in one.lengths]
    if (category := call.integer("category_id")) is not None:
        found = [one for one in found if one.category_id == category]
    shown = [service_view(call.location, one) for one in found]
    return Answer(shown, {"total_count": len(shown)})


def service_one(call: Call) -> Answer:
    return Answer(service_view(call.location, service_of(call.location, call.number("service"))))


def category_view(location: Location, category: Category) -> Wire:
    staff = {
        one for service in location.services.values() if service.category_id == category.id for one in service.lengths
    }
    return {
        "id": category.id,
        "salon_service_id": category.id + 2_000_000,
        "title": category.title,
        "api_id": "0",
        "weight": category.weight,
        "staff": sorted(staff),
        "sex": 0,
    }


def categories(call: Call) -> Answer:
    shown = [category_view(call.location, one) for one in call.location.categories.values()]
    if (staff := call.integer("staff_id")) is not None:
        shown = [one for one in shown if staff in one["staff"]]
    return Answer(shown, {"total_count": len(shown)})


def category_one(call: Call) -> Answer:
    found = call.location.categories.get(call.number("category"))
    if found is None:
        raise not_found()
    return Answer(category_view(call.location, found))


def label_view(location: Location, label: Label) -> Wire:
    return {
        "id": label.id,
        "salon_id": location.id,
        "title": label.title,
        "color": f"#{label.color}",
        "font_color": f"#{label.font_color}",
        "icon": label.icon,
        "entity": label.entity,
        "deleted": int(label.deleted),
        "not_editable": int(label.system),
        "is_editable": not label.system,
    }


def labels(call: Call) -> Answer:
    wanted = call.number("entity")
    found = [one for one in call.location.labels.values() if not one.deleted and one.entity in (wanted, ANY)]
    return Answer([label_view(call.location, one) for one in found])


def client_labels(call: Call) -> Answer:
    text = call.text("search", "title").casefold()
    found = [one for one in call.location.labels.values() if not one.deleted and one.entity in (CLIENT, ANY)]
    return Answer([label_view(call.location, one) for one in found if text in one.title.casefold()])


def make_label(call: Call) -> Answer:
    given = {**call.request.query, **(call.body if isinstance(call.body, dict) else {})}
    client_route = "entity" not in call.request.match_info and call.request.path.rstrip("/").endswith("create")
    title = str(given.get("title") or "").strip()
    if not title:
        raise invalid("title", "This field is required")
    label = Label(
        id=call.world.sequences.next("label"),
        title=title,
        color=str(given.get("color") or "5495b0").lstrip("#").lower(),
        font_color="ffffff",
        icon=str(given.get("icon") or "tag"),
        entity=CLIENT if client_route else as_id(given.get("entity")),
    )
    call.location.labels[label.id] = label
    data = {
        "id": str(label.id),
        "title": label.title,
        "salon_id": call.location.id,
        "color": f"#{label.color}",
        "entity": label.entity,
    }
    return Answer(data, status=201)


def change_label(call: Call) -> Answer:
    label = call.location.labels.get(call.number("label"))
    if label is None or label.deleted:
        raise not_found()
    if label.system:
        raise Refused(403, "A system category cannot be changed")
    if call.request.method == "DELETE":
        label.deleted = True
        return Answer(accepted(200), status=200, bare=True)
    given = {**call.request.query, **(call.body if isinstance(call.body, dict) else {})}
    label.title = str(given.get("title") or label.title)
    label.color = str(given.get("color") or label.color).lstrip("#").lower()
    label.icon = str(given.get("icon") or label.icon)
    return Answer(accepted(202), status=202, bare=True)


def custom_field_view(location: Location, one: CustomField) -> Wire:
    return {
        "id": one.id,
        "salon_id": location.id,
        "custom_field": {
            "id": one.id,
            "code": one.code,
            "show_in_ui": one.show_in_ui,
            "title": one.title,
            "user_can_edit": one.user_can_edit,
            "type": {"code": one.type, "title": one.type.capitalize()},
        },
    }


def custom_fields(call: Call) -> Answer:
    entity = _entity(call)
    found = [one for one in call.location.custom_fields.values() if one.entity == entity]
    return Answer([custom_field_view(call.location, one) for one in found])


def make_custom_field(call: Call) -> Answer:
    given, entity = call.fields(), _entity(call)
    missing = [name for name in ("type", "code", "title") if not given.get(name)]
    if missing or given["type"] not in FIELD_TYPES:
        raise Refused(422, "Validation error", {name: ["This field is required"] for name in missing or ["type"]})
    made = CustomField(
        id=call.world.sequences.next("custom_field"),
        entity=entity,
        code=str(given["code"]),
        title=str(given["title"]),
        type=str(given["type"]),
        user_can_edit=bool(given.get("user_can_edit", True)),
        show_in_ui=bool(given.get("show_in_ui", True)),
    )
    call.location.custom_fields[made.id] = made
    return Answer(custom_field_view(call.location, made), status=201)


def _entity(call: Call) -> str:
    entity = call.request.match_info["entity"]
    if entity not in ("record", "client"):
        raise not_found()
    return entity


def resources(call: Call) -> Answer:
    shown = [
        {
            "id": one.id,
            "title": one.title,
            "salon_id": call.location.id,
            "instances": [
                {"id": number, "title": title, "resource_id": one.id} for number, title in one.instances.items()
            ],
            **one.as_given,
        }
        for one in call.location.resources.values()
    ]
    return Answer(shown)


ROUTES = [
    Route("GET", f"{V1}/company/{{company}}/staff/positions", positions, right="timetable_access"),
    Route("GET", f"{V1}/company/{{company}}/staff", staff_list, PARTNER),
    Route("GET", f"{V1}/company/{{company}}/staff/{{staff:\\d+}}", staff_one, PARTNER),
    Route("GET", f"{V1}/staff/{{company}}", staff_list, PARTNER),
    Route("GET", f"{V1}/company/{{company}}/services", services, PARTNER),
    Route("GET", f"{V1}/company/{{company}}/services/{{service}}", service_one, PARTNER),
    Route("GET", f"{V1}/services/{{company}}", services, PARTNER),
    Route("GET", f"{V1}/company/{{company}}/service_categories", categories, PARTNER),
    Route("GET", f"{V1}/company/{{company}}/service_categories/{{category}}", category_one, PARTNER),
    Route("GET", f"{V1}/labels/{{company}}/clients", client_labels),
    Route("POST", f"{V1}/labels/{{company}}/clients/create", make_label),
    Route("GET", f"{V1}/labels/{{company}}/{{entity:\\d+}}", labels),
    Route("POST", f"{V1}/labels/{{company}}", make_label),
    Route("PUT", f"{V1}/labels/{{company}}/{{label:\\d+}}", change_label),
    Route("DELETE", f"{V1}/labels/{{company}}/{{label:\\d+}}", change_label),
    Route("GET", f"{V1}/custom_fields/{{entity}}/{{company}}", custom_fields),
    Route("POST", f"{V1}/custom_fields/{{entity}}/{{company}}", make_custom_field),
    Route("GET", f"{V1}/resources/{{company}}", resources),
]
