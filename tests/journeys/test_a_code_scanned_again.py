"""A customer scans the code, puts the phone away, and scans it again: it just works, whenever that is."""

from __future__ import annotations

from server.cli.story.players import Players, line


def test_a_day_later_it_leads_to_a_fresh_page_and_is_paid_once(street: Players) -> None:
    invoice = street.do_job("Nadia Roy", "Lampe", [line("Lampe", "1", 6000, "none")])
    before = street.captured_minor()
    pages = []
    for hours in (0, 11.5, 25):
        street.wait(seconds=int(hours * 3600))
        status, session_id = street.open_checkout(invoice["pay_url"])
        assert (status, session_id not in pages) == (303, True)
        pages.append(session_id)
    assert [street.press_checkout(each, "pay").ok for each in pages] == [False, False, True]
    street.must_be_paid(invoice)
    tried = street.office("GET", f"/payments?invoice_id={invoice['invoice_id']}")["items"]
    assert sorted(each["status"] for each in tried) == ["canceled", "canceled", "succeeded"]
    assert street.captured_minor() - before == 6000
