"""Which database this studio works on; nothing is started to find it."""

from director_dagster.errors import DatabaseUnavailable
from director_dagster.postgres import server
from director_dagster.settings import Settings


def database_url(settings: Settings) -> str:
    """The URL that the settings name, else that of the embedded server of this home.

    Raises DatabaseUnavailable when none is named and the embedded server is not running.
    """
    url = settings.database_url or server.running_url(settings.postgres)
    if url is None:
        raise DatabaseUnavailable(f"the Postgres of {settings.home} is not running: start it with `director db start`")
    return url
