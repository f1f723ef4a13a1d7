"""How a charge describes the card that paid: `payment_method_details`, with the EMV fields a receipt must show."""

import secrets
import time

from server.sandbox.cards import Card, verification_for
from server.sandbox.state import Json, State

# Application identifiers of EMV chips, from the card networks' public registrations.
CHIPS = {
    "visa": ("A0000000031010", "Visa Credit"),
    "mastercard": ("A0000000041010", "Mastercard"),
    "amex": ("A000000025010801", "American Express"),
    "discover": ("A0000001523010", "Discover"),
    "diners": ("A0000001523010", "Diners Club"),
    "jcb": ("A0000000651010", "JCB"),
    "unionpay": ("A000000333010101", "UnionPay"),
    "interac": ("A0000002771010", "Interac"),
}
ACCOUNT_TYPES = {"credit": "credit", "debit": "checking", "prepaid": "prepaid"}


def in_person(state: State, card: Card, *, amount: int, reader: Json, read_method: str) -> Json:
    """`payment_method_details` of a card at a reader. `read_method` as Stripe's: contactless_emv, contact_emv, ..."""
    identifier, name = CHIPS[card.brand]
    details = _known(state, card) | {
        "cardholder_name": None,
        "emv_auth_data": None,
        "generated_card": None,
        "location": reader["location"],
        "preferred_locales": list(card.locales),
        "read_method": read_method,
        "reader": reader["id"],
        "receipt": {
            "account_type": ACCOUNT_TYPES[card.funding],
            "application_cryptogram": secrets.token_hex(8).upper(),
            "application_preferred_name": name,
            "authorization_code": str(secrets.randbelow(900_000) + 100_000),
            "authorization_response_code": "3030",
            "cardholder_verification_method": verification_for(card, amount),
            "dedicated_file_name": identifier,
            "terminal_verification_results": "0000000000",
            "transaction_status_information": "0000",
        },
    }
    if card.is_interac:
        return {"type": "interac_present", "interac_present": details}
    details |= {
        "amount_authorized": amount,
        "brand_product": None,
        "capture_before": None,
        "incremental_authorization_supported": False,
        "offline": None,
        "overcapture_supported": False,
        "wallet": None,
    }
    return {"type": "card_present", "card_present": details}


def online(state: State, card: Card, *, amount: int) -> Json:
    """`payment_method_details` of a card typed in on the Checkout page."""
    details = _known(state, card) | {
        "amount_authorized": amount,
        "authorization_code": str(secrets.randbelow(900_000) + 100_000),
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        **dict.fromkeys(("installments", "mandate", "network_token", "three_d_secure", "wallet")),
    }
    return {"type": "card", "card": details}


def bank(kind: str) -> Json:
    """`payment_method_details` of an account that was debited: `kind` is acss_debit or us_bank_account."""
    details: Json = {
        "bank_name": "STRIPE TEST BANK",
        "expected_debit_date": None,
        "fingerprint": f"fp{kind}",
        "last4": "6789",
        "mandate": None,
    }
    if kind == "acss_debit":
        details |= {"institution_number": "000", "transit_number": "11000"}
    else:
        details |= {"account_holder_type": "individual", "account_type": "checking"}
        details |= {"payment_reference": None, "routing_number": "110000000"}
    return {"type": kind, kind: details}


def _known(state: State, card: Card) -> Json:
    return {
        "brand": card.brand,
        "country": "CA",
        "description": None,
        "exp_month": 12,
        "exp_year": time.gmtime(state.now()).tm_year + 3,
        "fingerprint": f"fp{card.number[-12:]}",
        "funding": card.funding,
        "iin": None,
        "issuer": None,
        "last4": card.last4,
        "network": card.brand,
        "network_transaction_id": secrets.token_hex(8),
    }
