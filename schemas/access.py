"""Who calls: pairing a phone, and who I am."""

from marshmallow import fields, validate

from schemas.wire import Id, Moment, Text, Wire, listing

ROLES = ("admin", "supervisor", "office", "technician")


class Technician(Wire):
    """The person a phone belongs to."""

    technician_id = Id(attribute="id")
    name = fields.String()
    language = fields.String()


TechnicianList = listing(Technician)


class PairDevice(Wire):
    """The single-use code shown in the office, and what the phone calls itself."""

    code = Text(64, required=True)
    name = Text(100, load_default="Phone")


class PairedDevice(Wire):
    """The phone's token, told this once."""

    device_id = fields.String()
    token = fields.String()
    technician = fields.Nested(Technician)


class PairingWanted(Wire):
    """Whose phone is to be paired."""

    technician_id = Id(required=True)


class Pairing(Wire):
    """A code that pairs one phone, once, until it expires."""

    code = fields.String()
    expires_at = Moment()


class Device(Wire):
    """A paired phone."""

    device_id = fields.String(attribute="id")
    name = fields.String()
    technician_id = fields.String(attribute="staff_id")
    paired_at = Moment(attribute="created_at")
    revoked_at = Moment(allow_none=True)


DeviceList = listing(Device)


class Me(Wire):
    """Who is calling, and for which business."""

    role = fields.String(validate=validate.OneOf(ROLES))
    technician = fields.Nested(Technician, allow_none=True)
    device_id = fields.String(allow_none=True)
    business_name = fields.String()
    currency = fields.String()
    time_zone = fields.String()
