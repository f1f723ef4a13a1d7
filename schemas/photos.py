"""Pictures of a job."""

import base64
import binascii
from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.wire import Id, Moment, Text, Wire, listing

KINDS = ("before", "after", "damage", "cheque", "other")
LONGEST_CONTENT = 2 * 1024 * 1024 * 4 // 3 + 4


class Bytes(fields.String):
    """Bytes, in base64."""

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> Any:
        try:
            return base64.b64decode(super()._deserialize(value, *where, **options), validate=True)
        except (binascii.Error, ValueError):
            raise ValidationError("This is not base64.") from None


class NewPhoto(Wire):
    """A photo to keep: a JPEG, PNG or WebP of at most 2 MB and 5000 pixels a side."""

    photo_id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    caption = Text(200, load_default=None, allow_none=True)
    taken_at = Moment(required=True)
    payment_id = Id(
        load_default=None, allow_none=True, metadata={"description": "Of a cheque: the payment of this job it made"}
    )
    content = Bytes(required=True, load_only=True, metadata={"format": "byte", "maxLength": LONGEST_CONTENT})


class Photo(Wire):
    """A photo of a job; its bytes are got from /jobs/{job_id}/photos/{photo_id}."""

    photo_id = fields.String(attribute="id")
    job_id = fields.String()
    payment_id = fields.String(allow_none=True)
    kind = fields.String(validate=validate.OneOf(KINDS))
    caption = fields.String(allow_none=True)
    content_type = fields.String(attribute="type")
    size_bytes = fields.Integer()
    width = fields.Integer()
    height = fields.Integer()
    sha256 = fields.String()
    taken_by = fields.String(allow_none=True, attribute="taken_by_name", metadata={"description": "Their name"})
    taken_at = Moment()
    created_at = Moment()


PhotoList = listing(Photo)
