"""What is true of a customer without asking anybody."""

from __future__ import annotations

import phonenumbers

from server.core.errors import Unacceptable


class PhoneInvalid(Unacceptable):
    """This is no valid telephone number. Write it with its country code, such as +1 418 555 0123."""

    code = "phone_invalid"


def e164(phone: str, *, country: str) -> str:
    """Return a number as E.164, `+14185550123`; without a country code it is read as one of `country`.

    Raises PhoneInvalid where no number of that shape can exist.
    """
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        raise PhoneInvalid from None
    if not phonenumbers.is_possible_number(number):
        raise PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
