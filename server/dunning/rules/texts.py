"""What is said at each step: texts that go out in writing, scripts for calls, the questions of the survey.

Firmer from step to step, always polite. Every text says what is owed and for what, how to pay, whom to reach and how to
object. Source of the order: the treatment plan of ABC-Amega (see plans.py); of the six questions: its first row.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.core.words import msgid
from server.messages.rules import TONES, Tone


@dataclass(frozen=True, kw_only=True)
class Script:
    """What to say on the telephone: how to begin, what to ask, what to agree on, how to end."""

    title: str
    opening: str
    questions: tuple[str, ...]
    aim: str
    closing: str


SURVEY = "customer_service_survey"
RESULT = "call_result"

# By the field in which an answer is kept. The last restates the terms, as the article wants.
QUESTIONS = {
    "arrived": msgid("Was everything done, and on time?"),
    "problems": msgid("Was there any problem, or is there a question left?"),
    "clear": msgid("Is the invoice clear and correct?"),
    "scheduled": msgid("Is its payment already planned?"),
    "obstacle": msgid("Is there a reason why it might not be paid on time?"),
    "terms": msgid("Do the terms and the due date suit you?"),
}

TEXTS: dict[str, Tone] = {
    **TONES,
    SURVEY: Tone(
        msgid("A few questions about our work: %(amount)s falls due to %(business)s"),
        msgid(
            "What is listed below falls due soon. Before it does, we would like to know whether all is well: six short"
            " questions on your page, which take a minute."
        ),
        msgid(
            "Is anything wrong with the work or with an invoice? Tell us now, and we put it right before anything is"
            " due."
        ),
    ),
    RESULT: Tone(
        msgid("What we said on the telephone: %(amount)s to pay to %(business)s"),
        msgid(
            "Thank you for talking with us. As we said on the telephone, what is listed below is open. Please pay it by"
            " %(day)s, or by the day we agreed on."
        ),
        msgid(
            "Did we misunderstand each other, or do you not agree with an invoice? Answer this message: we look into"
            " it."
        ),
    ),
}

_GREETING = msgid("Good day, this is %(caller)s of %(business)s. Am I speaking with %(customer)s, about the invoices?")
SCRIPTS = {
    "customer_service_call": Script(
        title=msgid("Call before the due date"),
        opening=_GREETING,
        questions=tuple(QUESTIONS.values()),
        aim=msgid("Say the amount (%(amount)s) and the due date (%(day)s) again, and thank them for their custom."),
        closing=msgid("Thank you. If anything comes up, you reach us at %(phone)s."),
    ),
    "reminder_call_1": Script(
        title=msgid("First reminder call"),
        opening=_GREETING,
        questions=(
            msgid("%(amount)s is past its due date. Did the invoice reach you, and is it right?"),
            msgid("When do you plan to pay it, and how?"),
        ),
        aim=msgid("Agree on a day. Offer the link to pay, and parts where all of it is too much."),
        closing=msgid("I write down what we said and send it to you. Thank you."),
    ),
    "reminder_call_2": Script(
        title=msgid("Second reminder call"),
        opening=_GREETING,
        questions=(
            msgid("We spoke before about %(amount)s, which is still open. What stands in the way?"),
            msgid("Which day this week can you pay it, or a first part of it?"),
            msgid("Who else has to agree, and may I speak with them?"),
        ),
        aim=msgid("Agree on a day within this week, or on parts. Note the reason."),
        closing=msgid("I send you in writing what we agreed on. Thank you for your time."),
    ),
    "escalation_call": Script(
        title=msgid("Call from our supervisor to their manager"),
        opening=msgid("Good day, this is %(caller)s, supervisor at %(business)s. May I speak with %(decider)s?"),
        questions=(
            msgid("%(amount)s has been open since %(day)s, in spite of our reminders. Did you know of it?"),
            msgid("Is there anything about our work or our invoices that you do not agree with?"),
            msgid("What can you commit to today?"),
        ),
        aim=msgid("Get a commitment from somebody who decides: a day, an amount, a way to pay."),
        closing=msgid("Thank you. I confirm it to you, and we keep to it on our side as well."),
    ),
    "final_demand_call": Script(
        title=msgid("Final demand on the telephone"),
        opening=_GREETING,
        questions=(
            msgid("This is our final request for %(amount)s. Can you pay all of it by %(day)s?"),
            msgid("If not all of it: what can you pay today, and when the rest?"),
            msgid("Is there a part you object to? Then let us separate it from the rest."),
        ),
        aim=msgid(
            "Payment, or parts in writing. Say that after that day we decide how to go on; promise nothing else."
        ),
        closing=msgid("Our final demand follows in writing. Until that day you can still reach us at %(phone)s."),
    ),
}
PROPOSED = {
    "agency": msgid("Propose referring it"),
    "agency_or_write_off": msgid("Propose referring it or writing it off"),
}
