"""What the people of the demo tell everyone, and what one of them has not finished yet."""

from typing import NamedTuple


class DemoPost(NamedTuple):
    """A text of one of these people, in Markdown."""

    title: str
    content: str
    author: str
    is_published: bool


DEMO_POSTS = (
    DemoPost(
        "What Tuesday's outage taught us",
        """
        The shop was away for **40 minutes** on Tuesday. Nothing was lost, and this is what happened.

        ## What went wrong

        1. A log file that nobody rotated filled the disk of the database server.
        2. PostgreSQL stopped, as it should when it cannot write.
        3. The alarm went to a mailbox that nobody reads since March.

        ## What we changed

        - Logs are rotated every day, and `df` is asked every five minutes.
        - Alarms go to whoever is on duty, and a test alarm goes there every Monday.

        > A disk fills slowly, then all at once.

        The commands that found the culprit are among the cheats: search for *largest files*.
        """,
        "admin",
        True,
    ),
    DemoPost(
        "How we make a release now",
        """
        Releases used to take an afternoon, and one of us had to remember every step. Now they take ten minutes:

        1. Everything that is to be in it is merged, and the changelog says so.
        2. Tag it, and let the pipeline do the rest:

           ```bash
           git tag --annotate v1.4.0 --message "1.4.0"
           git push origin v1.4.0
           ```

        3. Look at the staging site for as long as a coffee lasts.

        If anything looks odd, **stop**: nothing is public before the last step.
        """,
        "user",
        True,
    ),
    DemoPost(
        "Where we go this summer",
        """
        *A draft: dates and places are not settled.*

        - two days by the lake, in June or September
        - one afternoon for the tasks that nobody takes
        - cake
        """,
        "user",
        False,
    ),
)
