"""Terminal configurations: what the readers of a location offer, such as tips."""

from server.sandbox.amounts import check_currency
from server.sandbox.state import Json, State, new_id

NULL_AT_FIRST = "cellular offline reboot_window stripe_s700 stripe_s710 verifone_p400 wifi bbpos_wisepos_e"


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/terminal/configurations."""
    return state.add(
        {
            "id": new_id("tmc"),
            **dict.fromkeys(NULL_AT_FIRST.split()),
            "object": "terminal.configuration",
            "is_account_default": False,
            "livemode": False,
            "name": params.get("name"),
            "tipping": _tipping(params),
        }
    )


def update(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/terminal/configurations/{id}."""
    found = state.get("terminal.configuration", ids[0])
    if "name" in params:
        found["name"] = params["name"]
    if "tipping" in params:
        found["tipping"] = _tipping(params)
    return found


def delete(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """DELETE /v1/terminal/configurations/{id}: its locations offer nothing of their own any more."""
    found = state.get("terminal.configuration", ids[0])
    del state.objects["terminal.configuration"][found["id"]]
    del state.hidden[found["id"]]
    return {"id": found["id"], "object": "terminal.configuration", "deleted": True}


def update_location(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/terminal/locations/{id}: its name, its address, and which configuration its readers follow."""
    location = state.get("terminal.location", ids[0])
    if params.get("configuration_overrides"):
        state.get("terminal.configuration", params["configuration_overrides"], "configuration_overrides")
    for name in ("display_name", "address", "configuration_overrides"):
        if name in params:
            location[name] = params[name] or None
    return location


def tips_offered(state: State, reader: Json) -> list[int]:
    """The tips that a reader offers the customer for the payment it waits with, in minor units; none where it is told
    to skip them, or its location follows no configuration with tips in the currency."""
    action = reader["action"]
    if action is None or action["type"] != "process_payment_intent":
        return []
    config = action["process_payment_intent"]["process_config"]
    location = state.objects.get("terminal.location", {}).get(reader["location"] or "", {})
    followed = state.find(location.get("configuration_overrides") or "")
    intent = state.get("payment_intent", action["process_payment_intent"]["payment_intent"])
    tips = ((followed or {}).get("tipping") or {}).get(intent["currency"])
    if config.get("skip_tipping") or not tips:
        return []
    eligible = config.get("tipping", {}).get("amount_eligible", intent["amount"])
    return [*tips.get("fixed_amounts", []), *(eligible * percent // 100 for percent in tips.get("percentages", []))]


def _tipping(params: Json) -> Json | None:
    tipping: Json = params.get("tipping") or {}
    for currency in tipping:
        check_currency(currency, f"tipping[{currency}]")
    return tipping or None
