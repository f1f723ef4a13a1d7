"""The blueprint every part registers on."""

from __future__ import annotations

from flask_smorest import Blueprint

blueprint = Blueprint("payments", "payments", url_prefix="/api/v1", description="Collecting money")
