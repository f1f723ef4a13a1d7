"""Passwords, pairing codes, tokens."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import operations, queries, rules
from server.access.models import ApiKey, Device, PairingCode, Staff
from server.access.operations import EmailRequired, EmailTaken, PairingCodeRefused, PasswordTooShort, WrongCredentials
from server.access.rules import Role
from tests.quebec import NOW, PASSWORD, add_technician


def add_office(session: Session, email: str = "anne@example.com") -> Staff:
    return operations.add_staff(
        session, name="Anne Côté", role=Role.OFFICE, language="fr", email=email, password=PASSWORD, now=NOW
    )


def test_a_person_signs_in_with_their_password_however_their_address_is_written(session: Session) -> None:
    anne = add_office(session, "Anne@Example.com")

    assert operations.sign_in(session, email=" ANNE@example.com ", password=PASSWORD) is anne
    assert anne.password_hash is not None
    assert anne.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("email", "password"), [("anne@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("", "")]
)
def test_wrong_passwords_and_unknown_people_get_the_same_answer(session: Session, email: str, password: str) -> None:
    add_office(session)

    with pytest.raises(WrongCredentials):
        operations.sign_in(session, email=email, password=password)


def test_a_person_without_a_password_or_no_longer_active_does_not_sign_in(session: Session) -> None:
    gone = add_office(session)
    gone.active = False
    operations.add_staff(session, name="Jo", role=Role.OFFICE, language="en", email="jo@example.com", now=NOW)

    for email in ("anne@example.com", "jo@example.com"):
        with pytest.raises(WrongCredentials):
            operations.sign_in(session, email=email, password=PASSWORD)


def test_a_new_password_ends_every_office_session(session: Session) -> None:
    anne = add_office(session)
    before = anne.session_epoch

    operations.set_password(session, staff=anne, password="another long password")

    assert queries.find_staff_of_session(session, staff_id=anne.id, epoch=before) is None
    assert queries.find_staff_of_session(session, staff_id=anne.id, epoch=anne.session_epoch) is anne


def test_people_are_added_with_what_they_need(session: Session) -> None:
    add_office(session)

    with pytest.raises(EmailTaken):
        add_office(session, "ANNE@example.com")
    with pytest.raises(EmailRequired):
        operations.add_staff(session, name="Jo", role=Role.OFFICE, language="en", now=NOW)
    with pytest.raises(PasswordTooShort):
        operations.add_staff(
            session, name="Jo", role=Role.ADMIN, language="en", email="jo@example.com", password="short", now=NOW
        )


def test_a_phone_is_paired_with_its_code_and_known_by_its_token(session: Session) -> None:
    luc = add_technician(session)
    pairing = operations.create_pairing(session, technician_id=luc.id, now=NOW)

    typed = pairing.code.lower().replace("-", " ")
    paired = operations.pair_device(session, code=typed, name="Pixel", now=NOW + timedelta(minutes=9))

    assert pairing.expires_at == NOW + timedelta(minutes=10)
    assert paired.technician is luc
    caller = queries.find_caller_of_device(session, token_hash=operations.hashed(paired.token))
    assert caller is not None
    assert (caller.principal, caller.role, caller.technician_id) == (f"device:{paired.device_id}", "technician", luc.id)


def test_a_code_pairs_one_phone_and_only_in_time(session: Session) -> None:
    luc = add_technician(session)
    used = operations.create_pairing(session, technician_id=luc.id, now=NOW)
    late = operations.create_pairing(session, technician_id=luc.id, now=NOW)
    operations.pair_device(session, code=used.code, name="Pixel", now=NOW)

    for code, at in ((used.code, NOW), (late.code, late.expires_at), ("AAAAA-AAAAA", NOW), ("", NOW)):
        with pytest.raises(PairingCodeRefused):
            operations.pair_device(session, code=code, name="Pixel", now=at)


def test_only_technicians_have_phones(session: Session) -> None:
    with pytest.raises(queries.TechnicianNotFound):
        operations.create_pairing(session, technician_id=add_office(session).id, now=NOW)


def test_a_revoked_phone_or_one_of_a_technician_who_left_is_nobody(session: Session) -> None:
    tokens = []
    for name in ("Luc", "Zoé"):
        technician = add_technician(session, name)
        pairing = operations.create_pairing(session, technician_id=technician.id, now=NOW)
        paired = operations.pair_device(session, code=pairing.code, name="Pixel", now=NOW)
        tokens.append(operations.hashed(paired.token))
    first = session.scalars(select(Device).where(Device.token_hash == tokens[0])).one()

    operations.revoke_device(session, device_id=first.id, now=NOW)
    operations.revoke_device(session, device_id=first.id, now=NOW + timedelta(days=1))
    technician.active = False
    session.flush()

    assert first.revoked_at == NOW
    assert [queries.find_caller_of_device(session, token_hash=token) for token in tokens] == [None, None]
    with pytest.raises(queries.DeviceNotFound):
        operations.revoke_device(session, device_id="dev_none", now=NOW)


def test_an_api_key_has_the_rights_of_its_role_until_it_is_revoked(session: Session) -> None:
    kept, key = operations.create_api_key(session, name="Bookkeeping", now=NOW)

    caller = queries.find_caller_of_key(session, key_hash=operations.hashed(key))
    assert caller is not None
    assert (caller.role, caller.principal, caller.technician_id) == (Role.OFFICE, f"api_key:{kept.id}", None)
    kept.revoked_at = NOW
    session.flush()
    assert queries.find_caller_of_key(session, key_hash=operations.hashed(key)) is None


def test_a_key_is_the_hand_of_whoever_made_it(session: Session) -> None:
    anne, jo = add_office(session), add_office(session, "jo@example.com")
    made = [(anne, "Bookkeeping"), (anne, "Calendar"), (jo, "Website"), (None, "Old"), (None, "Older")]
    ids = [
        operations.create_api_key(session, name=name, created_by=by.id if by else None, now=NOW)[0].id
        for by, name in made
    ]
    books, calendar, website, old, older = (f"api_key:{key_id}" for key_id in ids)

    same = [(books, calendar), (books, f"staff:{anne.id}"), (f"staff:{jo.id}", website), (old, older), (old, old)]
    others = [(books, website), (f"staff:{anne.id}", website), (old, books), (old, f"staff:{jo.id}"), ("rule:x", old)]

    assert [queries.are_one_person(session, *pair) for pair in same] == [True] * len(same)
    assert [queries.are_one_person(session, *pair) for pair in others] == [False] * len(others)
    everybody = [books, calendar, website, old, older, f"staff:{anne.id}"]
    assert queries.list_of_person(session, everybody, of=calendar) == [books, calendar, f"staff:{anne.id}"]


def test_no_secret_is_kept_as_it_was_told(session: Session) -> None:
    luc = add_technician(session)
    pairing = operations.create_pairing(session, technician_id=luc.id, now=NOW)
    paired = operations.pair_device(session, code=pairing.code, name="Pixel", now=NOW)
    _, key = operations.create_api_key(session, name="Bookkeeping", now=NOW)
    add_office(session)

    kept = [
        str(value)
        for table in (Device, PairingCode, ApiKey, Staff)
        for row in session.execute(select(table.__table__))
        for value in row
    ]

    for secret in (pairing.code, paired.token, key, PASSWORD):
        assert not any(secret in value for value in kept)


@pytest.mark.parametrize(
    ("role", "audience", "allowed"),
    [
        (Role.ADMIN, {Role.OFFICE}, True),
        (Role.SUPERVISOR, {Role.OFFICE}, True),
        (Role.OFFICE, {Role.OFFICE}, True),
        (Role.OFFICE, {Role.SUPERVISOR}, False),
        (Role.ADMIN, {Role.SUPERVISOR}, False),
        (Role.TECHNICIAN, {Role.OFFICE}, False),
        (Role.ADMIN, {Role.TECHNICIAN}, False),
        (Role.TECHNICIAN, {Role.OFFICE, Role.TECHNICIAN}, True),
    ],
)
def test_roles_and_audiences(role: Role, audience: set[Role], allowed: bool) -> None:
    assert rules.may(role, audience) is allowed
