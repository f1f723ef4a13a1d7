"""The policy of the house."""

from marshmallow import fields

from schemas.wire import Moment, Text, Wire


class PolicyRow(Wire):
    """A line of the policy."""

    label = fields.String()
    value = fields.String()


class PolicySection(Wire):
    """Lines under a heading."""

    heading = fields.String()
    rows = fields.List(fields.Nested(PolicyRow))


class PolicyReader(Wire):
    """Somebody who works here, and when they read this version; null where they did not."""

    name = fields.String()
    acknowledged_at = Moment(allow_none=True)


class Policy(Wire):
    """The version that holds: written from the live settings, known by its hash."""

    number = fields.Integer()
    sha256 = fields.String()
    since_at = Moment()
    sections = fields.List(fields.Nested(PolicySection))
    readers = fields.List(fields.Nested(PolicyReader))


class Acknowledge(Wire):
    """Which version was read."""

    sha256 = Text(64, required=True, shortest=64)
