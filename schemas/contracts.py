"""The terms shown, signed, kept."""

from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from schemas.wire import Id, Moment, Text, Wire


class IssueContract(Wire):
    """A contract to render and freeze for a job."""

    contract_id = Id(required=True)


class Witness(Wire):
    """Somebody who saw the signing; one text alone is taken as the name."""

    name = Text(required=True)

    @pre_load
    def as_parts(self, said: Any, **_options: Any) -> Any:
        """Take one text as the name."""
        return {"name": said} if isinstance(said, str) else said


class Point(fields.List[float]):
    """Where a finger was: [x, y], or {"x", "y"}, with y downwards."""

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> Any:
        if isinstance(value, dict) and {"x", "y"} <= set(value):
            value = [value["x"], value["y"]]
        return super()._deserialize(value, *where, **options)


class Sign(Wire):
    """A signature: strokes of a finger (lists of [x, y] points) or a typed name, over exactly the text shown."""

    signature_id = Id(required=True)
    signer_name = Text(required=True)
    signed_at = Moment(required=True)
    document_sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    strokes = fields.List(
        fields.List(
            Point(fields.Float(), validate=validate.Length(min=2, max=4)),
            validate=validate.Length(min=1, max=5000),
        ),
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=500),
    )
    typed_name = Text(load_default=None, allow_none=True)
    witness = fields.Nested(Witness, load_default=None, allow_none=True)

    @validates_schema
    def one_kind(self, wanted: dict[str, Any], **_: Any) -> None:
        """A signature is either strokes or a typed name."""
        if bool(wanted.get("strokes")) == bool(wanted.get("typed_name")):
            raise ValidationError("Send either strokes or a typed name.", "strokes")


class Signature(Wire):
    """Who signed, when, how."""

    signature_id = fields.String(attribute="id")
    signer_name = fields.String()
    signed_at = Moment()
    method = fields.String(metadata={"description": "strokes or typed_name"})
    witness_name = fields.String(allow_none=True)


class Clause(Wire):
    """One clause of the terms."""

    heading = fields.String()
    text = fields.String()


class Contract(Wire):
    """A contract: its text is frozen, and named by its SHA-256."""

    contract_id = fields.String(attribute="id")
    job_id = fields.String()
    status = fields.String(metadata={"description": "presented, signed, superseded or void"})
    language = fields.String()
    terms_version = fields.Integer()
    title = fields.String()
    clauses = fields.List(fields.Nested(Clause))
    text = fields.String(metadata={"description": "The whole frozen text, as hashed (UTF-8)"})
    document_sha256 = fields.String()
    total_minor = fields.Integer()
    currency = fields.String()
    payment_days = fields.Integer()
    presented_at = Moment()
    signature = fields.Nested(Signature, allow_none=True)
