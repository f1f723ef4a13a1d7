"""The blueprint that every route of dunning is on."""

from __future__ import annotations

from flask_smorest import Blueprint

blueprint = Blueprint("dunning", "dunning", url_prefix="/api/v1/dunning", description="Chasing what is unpaid")
