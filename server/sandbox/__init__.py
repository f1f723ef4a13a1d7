"""A small Stripe over HTTP with a reader you can tap on screen; knows nothing of us.

Stripe's API for the calls a payment gateway makes, in memory, on loopback, for test keys only. What it follows is
Stripe's public documentation and the installed SDK's own types; nothing here is imported by, or imports, the product.

serve               the process, and the same in a thread for tests
application         the WSGI application: /v1/ and /_sandbox/
api                 one request: faults, key, idempotency, validation, work
endpoints           what is served, one line each
parameters          what each endpoint accepts, from the SDK's types
forms               Stripe's form encoding
idempotency         keys and the answers kept for them
lists               retrieve, list, expand
errors              Stripe's error envelope
intents             PaymentIntents
setups              SetupIntents
customers           customers and the cards they leave
charges             charges
refunds             refunds
disputes            what a bank takes back, and evidence
payouts             what goes to the bank
balance             balance transactions
checkout            Checkout Sessions
readers             locations, readers, and their commands
screens             a cart and questions on the reader
files               uploads and signatures
presenting          a card at the reader
cards               test cards and test amounts
metadata            what a caller writes on an object for itself
amounts             currencies, limits, fees
receipts            how a charge describes its card
events              what happened
webhook_endpoints   who is told
deliveries          signed webhooks with retry
faults              what should go wrong
timers              what happens by itself
background          the thread that makes it happen
clock               the sandbox's time
state               everything known, behind one lock
controls            journal, clock, faults, totals, reset, snapshot
pages               reader and Checkout pages
bank_page           the page where a person is the banks
words               their French and English
"""
