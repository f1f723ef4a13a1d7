"""The web server makes the application once and forks it."""

from server.app import create_app
from server.core import config, database
from tests.databases import disconnect


def test_making_the_application_opens_no_connection_that_forks_would_share(product: config.Config) -> None:
    disconnect()
    assert create_app(product).url_map
    assert database.engine.cache_info().currsize == 0
