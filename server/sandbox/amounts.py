"""Which amounts Stripe takes, and what it keeps of them."""

from server.sandbox.errors import StripeError, invalid_parameter

LARGEST = 99_999_999
# https://docs.stripe.com/currencies: three decimals, of which the last must be 0; two, although the currency has none.
IN_STEPS = {**dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 10), **dict.fromkeys(("isk", "ugx"), 100)}
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts; what is not listed here has no stated minimum.
SMALLEST = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
CURRENCIES = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp
    cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk
    jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn
    nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std
    szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
"""
# Ten-thousandths of the amount, and minor units on top: what Stripe charges a Canadian business.
FEES = {
    "acss_debit": (100, 40),
    "card": (290, 30),
    "card_present": (270, 5),
    "interac_present": (0, 15),
    "us_bank_account": (80, 0),
}


def check_currency(currency: str, param: str) -> str:
    """The currency in lower case, or Stripe's refusal of one it does not know."""
    if currency.lower() not in CURRENCIES.split():
        raise invalid_parameter(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: "
            + ", ".join(CURRENCIES.split()),
            param,
        )
    return currency.lower()


def check_step(amount: int, currency: str, param: str) -> None:
    """Refuse an amount between the steps that a currency is charged in."""
    step = IN_STEPS.get(currency, 1)
    if amount % step:
        raise invalid_parameter(f"Invalid amount: {currency} must be charged in multiples of {step}.", param)


def check_amount(amount: int, currency: str, param: str) -> None:
    """Refuse an amount in minor units that is below 1, below the currency's minimum, or above eight digits."""
    if amount < 1:
        raise invalid_parameter("This value must be greater than or equal to 1.", param, "parameter_invalid_integer")
    check_step(amount, currency, param)
    smallest = SMALLEST.get(currency, 1)
    if amount < smallest:
        raise StripeError(
            f"Amount must be at least {smallest} {currency} in the smallest currency unit.",
            code="amount_too_small",
            param=param,
        )
    if amount > LARGEST:
        raise StripeError(
            f"Amount must be no more than {LARGEST} {currency} in the smallest currency unit.",
            code="amount_too_large",
            param=param,
        )


def fee(amount: int, method: str) -> int:
    """What Stripe keeps of an amount, in minor units, half a unit rounded up."""
    rate, fixed = FEES[method]
    return min(amount, (amount * rate + 5_000) // 10_000 + fixed)
