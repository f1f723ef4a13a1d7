"""Webhook endpoints: who is told of events, and with which secret."""

from server.sandbox import metadata
from server.sandbox.errors import check_url
from server.sandbox.state import API_VERSION, Json, State, new_id


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/webhook_endpoints: the only answer that shows the secret."""
    return register(state, params, secret=new_id("whsec", 32))


def register(state: State, params: Json, *, secret: str) -> Json:
    """Add an endpoint with this secret; answers with the secret in it."""
    check_url(params["url"], "url")
    endpoint = state.add(
        {
            "id": new_id("we"),
            "object": "webhook_endpoint",
            "api_version": params.get("api_version", API_VERSION),
            "application": None,
            "created": state.now(),
            "description": params.get("description") or None,
            "enabled_events": params["enabled_events"],
            "livemode": False,
            "metadata": params.get("metadata") or {},
            "status": "enabled",
            "url": params["url"],
        },
        secret=secret,
    )
    return endpoint | {"secret": secret}


def update(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/webhook_endpoints/{id}."""
    endpoint = state.get("webhook_endpoint", ids[0])
    if "url" in params:
        check_url(params["url"], "url")
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    metadata.merge(endpoint, params)
    return endpoint


def delete(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """DELETE /v1/webhook_endpoints/{id}."""
    endpoint = state.get("webhook_endpoint", ids[0])
    del state.objects["webhook_endpoint"][endpoint["id"]]
    del state.hidden[endpoint["id"]]
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
