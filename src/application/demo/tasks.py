"""What the people of the demo are up to: the tasks of a small software team."""

from typing import NamedTuple

from domain.tasks import TaskPriority, TaskStatus


class DemoTask(NamedTuple):
    """Something these people do. `due` is in days from now, before 0 for what is overdue."""

    title: str
    description: str | None
    priority: TaskPriority
    status: TaskStatus
    creator: str
    assignee: str | None
    due: int | None


_LOW, _MEDIUM, _HIGH = TaskPriority
_TODO, _IN_PROGRESS, _DONE = TaskStatus

DEMO_TASKS = (
    DemoTask(
        "Renew the TLS certificate of the shop",
        "It expires at the end of the week. Check that the renewal job runs by itself afterwards.",
        _HIGH, _IN_PROGRESS, "admin", "admin", 3,
    ),
    DemoTask(
        "Try last month's backup",
        "Restore it into an empty database and compare the row counts. A backup nobody restored is a hope.",
        _HIGH, _TODO, "admin", "user", 5,
    ),
    DemoTask(
        "Answer the accountant's questions about March",
        "Two invoices lack a number; the scans are in the shared folder.",
        _HIGH, _TODO, "admin", "admin", -2,
    ),
    DemoTask(
        "Write down how a release is made",
        "So that someone other than the two of us can do it: version, changelog, tag, announcement.",
        _MEDIUM, _IN_PROGRESS, "user", "user", 10,
    ),
    DemoTask(
        "Find out why the nightly import takes 40 minutes",
        "It took 6 in spring. The log has timings for each step since last Tuesday.",
        _HIGH, _IN_PROGRESS, "user", "user", 2,
    ),
    DemoTask(
        "Prepare the welcome day for Mira",
        "Laptop, accounts, a desk by the window, lunch with everyone.",
        _MEDIUM, _TODO, "admin", "user", 14,
    ),
    DemoTask(
        "Collect topics for the team's retrospective",
        None,
        _LOW, _TODO, "user", None, 7,
    ),
    DemoTask(
        "Replace the battery of the door sensor",
        "Type CR2450. There is a spare one in the second drawer.",
        _LOW, _TODO, "admin", None, None,
    ),
    DemoTask(
        "Make the search find words with accents",
        "“Café” and “cafe” should lead to the same page.",
        _MEDIUM, _DONE, "user", "user", -6,
    ),
    DemoTask(
        "Cancel the old telephone contract",
        "The notice has to arrive three months ahead; confirmation is filed under contracts.",
        _MEDIUM, _DONE, "admin", "admin", -20,
    ),
    DemoTask(
        "Compare prices for the new office chairs",
        "Three offers, six chairs, adjustable armrests.",
        _LOW, _IN_PROGRESS, "user", "user", 21,
    ),
    DemoTask(
        "Book the train to the conference in Lyon",
        "Outward on the evening before, back on Friday afternoon. Window seats if possible.",
        _MEDIUM, _TODO, "user", "user", 1,
    ),
    DemoTask(
        "Let the payment page survive a slow bank",
        "It gives up after 5 seconds and charges twice if people press again. Send the same idempotency key.",
        _HIGH, _TODO, "admin", "user", 4,
    ),
    DemoTask(
        "Move the staging server to Debian 13",
        "First a snapshot, then the upgrade, then the smoke tests. Tell the others before it goes down.",
        _MEDIUM, _TODO, "admin", "admin", 18,
    ),
    DemoTask(
        "Answer the bug report about dates in Brazil",
        "Deadlines appear a day early. Probably a date that is read as midnight in UTC.",
        _HIGH, _IN_PROGRESS, "user", "user", -1,
    ),
    DemoTask(
        "Review the pull request about keyset paging",
        "Look at ties most of all: what if two rows were made in the same instant?",
        _MEDIUM, _IN_PROGRESS, "user", "admin", 1,
    ),
    DemoTask(
        "Update the dependencies with known holes",
        "The audit names three. One of them changes how cookies are parsed, so try the sign-in by hand.",
        _HIGH, _TODO, "admin", "user", -3,
    ),
    DemoTask(
        "Add an index for the list of overdue orders",
        "The plan reads the whole table. Build it concurrently, outside the migration's transaction.",
        _MEDIUM, _DONE, "admin", "user", -9,
    ),
    DemoTask(
        "Take the old API version out of the documentation",
        "It was switched off in January; the examples still call it.",
        _LOW, _TODO, "user", "user", 30,
    ),
    DemoTask(
        "Alert when the disk of the log server is nearly full",
        "Last time we noticed because the shop stopped. 85 % is early enough.",
        _HIGH, _DONE, "admin", "admin", -12,
    ),
    DemoTask(
        "Write tests for importing customers",
        "Semicolons, a byte order mark, empty lines at the end, two customers with one address.",
        _MEDIUM, _TODO, "user", "user", 6,
    ),
    DemoTask(
        "Ask the designer for icons in dark mode",
        None,
        _LOW, _IN_PROGRESS, "user", "user", None,
    ),
    DemoTask(
        "Rotate the keys of the object storage",
        "Make the new one, deploy it everywhere, watch for a day, then delete the old one.",
        _HIGH, _TODO, "admin", "admin", 9,
    ),
    DemoTask(
        "Talk to the three customers who left in February",
        "Not to win them back: to learn what they missed.",
        _MEDIUM, _TODO, "admin", None, 12,
    ),
    DemoTask(
        "Fix the test that fails every tenth time",
        "It depends on the order in which two jobs end. Wait for both instead of for the second.",
        _MEDIUM, _IN_PROGRESS, "user", "user", 3,
    ),
    DemoTask(
        "Make the mail about a new password readable on phones",
        "The button is outside the screen.",
        _LOW, _DONE, "user", "user", -15,
    ),
    DemoTask(
        "Decide how long we keep access logs",
        "Long enough to look into an incident, no longer than we promised.",
        _MEDIUM, _TODO, "admin", "admin", -5,
    ),
    DemoTask(
        "Prepare the demonstration for the school's IT office",
        "They care about exports and about who may see what. Twenty minutes, then questions.",
        _HIGH, _TODO, "admin", "user", 8,
    ),
    DemoTask(
        "Tidy up branches that were merged long ago",
        None,
        _LOW, _TODO, "user", None, None,
    ),
    DemoTask(
        "Turn the notes about the last outage into a page",
        "What happened, what we saw, what we do differently. No names.",
        _MEDIUM, _DONE, "user", "admin", -2,
    ),
)  # fmt: skip
