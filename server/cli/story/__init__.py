"""One story from contract to paid or chased, played over HTTP as any outside client could.

It knows the API's contract, the sandbox's `/_sandbox/`, the mail catcher and the clock: nothing of the inside.
"""

import requests

from server.cli.story import chapters
from server.cli.story.players import Differed, Json, Players, Say

CHAPTERS = (
    chapters.pair_phone,
    chapters.cash_and_reader,
    chapters.page_then_reader,
    chapters.reader_then_page,
    chapters.lost_answer,
    chapters.chased,
    chapters.books,
)


def play(world: Json, *, say: Say) -> str | None:
    """Play it all in `world`, which is what `fieldpay demo --describe` writes. Return what differed, or None."""
    players = Players(world, say)
    try:
        for number, chapter in enumerate(CHAPTERS, start=1):
            say(f"{number}. {chapter.__doc__}")
            chapter(players)
    except Differed as difference:
        return str(difference)
    except requests.RequestException as error:
        return f"no answer: {error}"
    return None
