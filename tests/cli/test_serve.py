"""The web server makes the application once and forks it."""

from flask import Flask

from server.core import database


def test_making_the_application_opens_no_connection_that_forks_would_share(app: Flask) -> None:
    assert app.url_map
    assert database.engine.cache_info().currsize == 0
