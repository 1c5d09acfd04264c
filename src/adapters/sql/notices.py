"""Word of what is committed to PostgreSQL, here or by another instance."""

from adapters.sql.news import News
from application.bell import Bell
from application.ports.notices import Ear, Notices


class SqlNotices(Notices):
    """Rings with the commits of this process, and with the news of all others."""

    def __init__(self, news: News) -> None:
        """Nothing is connected before someone listens."""
        self._news = news
        self._bell = Bell()
        news.follow(tell=lambda _channel, _news: self.ring(), lose=self.ring)

    def listen(self) -> Ear:
        """Return an ear for one loop; to a database behind a pooler it is deaf, and hears this process alone."""
        self._news.listen()
        return self._bell.listen()

    def ring(self) -> None:
        """Wake everyone who listens."""
        self._bell.ring()
