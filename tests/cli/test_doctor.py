"""The doctor names what is missing, and changes nothing."""

from dataclasses import replace
from pathlib import Path

from server.cli import doctor
from server.cli.demo import mail
from server.core.config import Config


def verdicts(settings: Config) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in doctor.examine(settings):
        found.setdefault(finding.about, set()).add(finding.verdict)
    return found


def test_what_is_only_fit_for_a_demo_is_wrong(product: Config) -> None:
    found = verdicts(product)

    assert found["address"] == {"wrong"}
    assert found["clock"] == {"wrong"}
    assert found["stripe"] == {"wrong"}
    assert found["worker"] == {"wrong"}
    assert found["mail"] == {"wrong"}


def test_a_migrated_database_is_well_and_a_superuser_is_minded(product: Config) -> None:
    found = verdicts(product)

    assert found["database"] == {"ok", "mind"}
    assert found["migrations"] == {"ok"}


def test_a_database_that_does_not_answer_is_named_and_the_rest_is_still_examined(product: Config) -> None:
    found = verdicts(replace(product, database_url="postgresql+psycopg://nobody:wrong@127.0.0.1:9/none"))

    assert found["database"] == {"wrong"}
    assert "migrations" not in found
    assert found["mail"] == {"wrong"}


def test_an_address_with_https_and_a_mail_server_that_answers_are_well(product: Config, tmp_path: Path) -> None:
    with mail.smtp(mail.Mailbox(tmp_path / "mail")) as port:
        settings = replace(product, public_url="https://pay.example.com", smtp_url=f"smtp://127.0.0.1:{port}")
        found = verdicts(settings)

    assert found["address"] == {"ok"}
    assert found["mail"] == {"ok"}


def test_something_that_is_no_signing_secret_is_named_without_being_told(product: Config) -> None:
    findings = doctor.examine(replace(product, stripe_webhook_secrets=("whsec_fine", "sk_live_oops")))

    [webhooks] = [finding for finding in findings if finding.about == "webhooks"]
    assert webhooks.verdict == "wrong"
    assert "oops" not in webhooks.says
