"""Serves the widget's settings: what there is to choose from, settings, users, the set-up check."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from bookdeal.installs.calls import widget_api
from bookdeal.installs.choices import ChoiceStore
from bookdeal.installs.screens import AccountScreen

api = widget_api("settings")
handler = api


@api.get("/account")
def read_account(
    anew: Annotated[bool, Query(description="read now, not from ten minutes ago")] = False,
) -> AccountScreen:
    """What the settings may choose from: pipelines, stages, fields, users, task types, locations, employees."""
    call = api.call
    choices = ChoiceStore(call.tables.scratch, call.clock).read(call.installation, call.kommo, call.altegio, anew=anew)
    return AccountScreen.of(call.installation, choices)
