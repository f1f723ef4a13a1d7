"""Write down what a bank did, what we answered, and the money."""

from server.chargebacks.operations.answering import (
    ChargebackDecided,
    EvidenceTooLate,
    alarm,
    ask_to_accept,
    ask_to_submit,
)
from server.chargebacks.operations.evidence import (
    assemble,
    attach_file,
    note_staged,
)
from server.chargebacks.operations.recording import (
    record,
)

__all__ = [
    "ChargebackDecided",
    "EvidenceTooLate",
    "alarm",
    "ask_to_accept",
    "ask_to_submit",
    "assemble",
    "attach_file",
    "note_staged",
    "record",
]
