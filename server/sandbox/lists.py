"""Retrieving, listing and expanding, the same for every resource."""

import copy
import re

from server.sandbox import readers
from server.sandbox.errors import invalid_parameter, missing_resource
from server.sandbox.state import Json, Operation, State

_CLAUSE = re.compile(r"metadata\['([^']+)'\]:'([^']*)'")
LARGEST_PAGE, USUAL_PAGE, DEEPEST = 100, 10, 4
PAGING = {"limit", "starting_after", "ending_before", "expand", "created", "types"}
BOUNDS = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}


def retrieve(kind: str) -> Operation:
    """The operation that answers with one object of a kind."""

    def operation(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
        return _fresh(state, state.get(kind, ids[0]))

    return operation


def listing(kind: str, url: str) -> Operation:
    """The operation that answers with a page of the objects of a kind, newest first."""

    def operation(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
        found = [_fresh(state, thing) for thing in state.all(kind) if _matches(_paid_out(state, thing), params)]
        page, more = _page(kind, found, params)
        return {"object": "list", "data": page, "has_more": more, "url": url}

    return operation


def searching(kind: str, url: str) -> Operation:
    """The operation that answers with the objects whose metadata holds what is asked for, as in
    `metadata['invoice_id']:'inv_1' AND metadata['payment_id']:'pay_1'`; Stripe's other clauses are refused."""

    def operation(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
        wanted = [_CLAUSE.fullmatch(clause) for clause in params["query"].split(" AND ")]
        if None in wanted:
            raise invalid_parameter(f"We were unable to parse your search query: {params['query']}", "query")
        clauses = {clause[1]: clause[2] for clause in wanted if clause}
        found = [thing for thing in state.all(kind) if clauses.items() <= thing["metadata"].items()]
        start, limit = int(params.get("page", 0)), params.get("limit", USUAL_PAGE)
        more = len(found) > start + limit
        page = {"data": found[start : start + limit], "has_more": more}
        return {"object": "search_result", "url": url, "next_page": str(start + limit) if more else None, **page}

    return operation


def expanded(state: State, answer: Json, paths: list[str]) -> Json:
    """A copy of the answer with the objects behind the ids that `expand` names, at most four deep."""
    answer = copy.deepcopy(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid_parameter(f"You cannot expand more than {DEEPEST} levels of a property: {path}", "expand")
        _expand(state, [answer], steps, path)
    return answer


def _expand(state: State, things: list[Json], steps: list[str], path: str) -> None:
    for thing in things:
        name, rest = steps[0], steps[1:]
        if name not in thing:
            raise invalid_parameter(f"This property cannot be expanded ({path}).", "expand")
        inside = thing[name]
        if isinstance(inside, str):
            found = state.find(inside)
            if found is None:
                raise invalid_parameter(f"This property cannot be expanded ({path}).", "expand")
            inside = thing[name] = copy.deepcopy(found)
        if rest and inside is not None:
            _expand(state, inside if isinstance(inside, list) else [inside], rest, path)


def _fresh(state: State, thing: Json) -> Json:
    return readers.seen(state, thing) if thing["object"] == "terminal.reader" else thing


def _paid_out(state: State, thing: Json) -> Json:
    """A balance transaction is found by the payout it went with, although it does not show it."""
    payout = state.hidden[thing["id"]].get("payout")
    return thing if payout is None else thing | {"payout": payout}


def _matches(thing: Json, params: Json) -> bool:
    created = params.get("created", {})
    bounds = {"gte": created, "lte": created} if isinstance(created, int) else created
    if not all(BOUNDS[bound](thing["created"], moment) for bound, moment in bounds.items()):
        return False
    if "types" in params and thing["type"] not in params["types"]:
        return False
    return all(_equals(thing.get(name), wanted) for name, wanted in params.items() if name not in PAGING)


def _equals(value: object, wanted: object) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(_equals(value.get(name), inner) for name, inner in wanted.items())
    return value == wanted


def _page(kind: str, found: list[Json], params: Json) -> tuple[list[Json], bool]:
    limit = params.get("limit", USUAL_PAGE)
    if not 1 <= limit <= LARGEST_PAGE:
        bound = "less than or equal to 100" if limit > LARGEST_PAGE else "greater than or equal to 1"
        raise invalid_parameter(f"This value must be {bound}.", "limit", "parameter_invalid_integer")
    if {"starting_after", "ending_before"} <= params.keys():
        raise invalid_parameter("You may only specify one of these parameters: ending_before, starting_after.", "limit")
    ids = [thing["id"] for thing in found]
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            raise missing_resource(kind, params[name], name)
    if "ending_before" in params:
        before = found[: ids.index(params["ending_before"])]
        return before[-limit:], len(before) > limit
    after = found[ids.index(params["starting_after"]) + 1 :] if "starting_after" in params else found
    return after[:limit], len(after) > limit
