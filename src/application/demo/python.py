"""Cheats about Python."""

from application.demo.cheat import DemoCheat

PYTHON_CHEATS = (
    DemoCheat(
        key="pyatomicwrite",
        title="Replace a file all or nothing",
        language="python",
        platforms=("Python",),
        topics=("Concurrency", "Files"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            Readers see the old file or the new one, never half of it, even if the program dies in between. The
            temporary file has to be on the same file system, so it is made beside the target. The new file is
            readable by its owner alone: use `os.chmod` where others read it.
        """,
        code=r"""
            import os
            import tempfile
            from pathlib import Path


            def write_atomically(path: Path, text: str) -> None:
                descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
                try:
                    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                        file.write(text)
                        file.flush()
                        os.fsync(file.fileno())
                    os.replace(temporary, path)
                except BaseException:
                    os.unlink(temporary)
                    raise
        """,
    ),
    DemoCheat(
        key="pybounded",
        title="Do many things at once, but not too many",
        language="python",
        platforms=("Python",),
        topics=("Concurrency", "Networking"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            A task group waits for all its tasks and cancels the others when one fails; errors arrive together as
            an ExceptionGroup. The semaphore bounds how many work at a time, and the time-out holds for each
            alone. Python 3.11 and later.
        """,
        code=r"""
            import asyncio


            async def fetch(name: str) -> str:
                await asyncio.sleep(0.01)  # stands for the real work
                return name.upper()


            async def fetch_all(names: list[str], *, at_once: int = 10) -> list[str]:
                places = asyncio.Semaphore(at_once)

                async def one(name: str) -> str:
                    async with places, asyncio.timeout(5):
                        return await fetch(name)

                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(one(name)) for name in names]
                return [task.result() for task in tasks]


            print(asyncio.run(fetch_all(["ada", "bob", "cy"])))
        """,
    ),
    DemoCheat(
        key="pytimes",
        title="Handle times without time zone surprises",
        language="python",
        platforms=("Python",),
        topics=("Data", "Time"),
        owner="admin",
        notes="""
            Keep and compare times in UTC, and turn them into someone's zone only to show them. A time without a
            zone is a guess: `datetime.utcnow()` gives such ones and is deprecated. Adding a day to a local time
            keeps the hour on the clock, even where that day has 23 or 25 hours.
        """,
        code=r"""
            from datetime import UTC, datetime, timedelta
            from zoneinfo import ZoneInfo

            now = datetime.now(UTC)
            sent = datetime.fromisoformat("2026-03-28T18:30:00Z")
            in_paris = sent.astimezone(ZoneInfo("Europe/Paris"))

            print(in_paris.isoformat())                        # 2026-03-28T19:30:00+01:00
            print((in_paris + timedelta(days=1)).isoformat())  # 2026-03-29T19:30:00+02:00
            print(now - sent > timedelta(0))
        """,
    ),
    DemoCheat(
        key="pygroup",
        title="Count and group records",
        language="python",
        platforms=("Python",),
        topics=("Data",),
        owner="user",
        notes="""
            `itertools.groupby` only joins neighbours and so needs sorted input; a defaultdict does not care. A
            defaultdict makes an entry whenever it is merely read: turn it into a dict before you hand it on.
        """,
        code=r"""
            from collections import Counter, defaultdict

            tasks = [("ada", "done"), ("bob", "todo"), ("ada", "todo")]

            by_status = Counter(status for _, status in tasks)
            print(by_status.most_common(1))  # [('todo', 2)]

            by_person = defaultdict(list)
            for person, status in tasks:
                by_person[person].append(status)
            print(dict(by_person))  # {'ada': ['done', 'todo'], 'bob': ['todo']}
        """,
    ),
    DemoCheat(
        key="pyregex",
        title="Write a regular expression that can be read",
        language="python",
        platforms=("Python",),
        topics=("Search", "Text processing"),
        owner="admin",
        notes=r"""
            VERBOSE ignores blanks and allows comments, so write a real blank as `\x20`; named groups say what was
            found. `fullmatch` spares the anchors, and `$` would also match before a final line break. `[0-9]` on
            purpose: `\d` takes the digits of every script.
        """,
        code=r"""
            import re

            LOG_LINE = re.compile(
                r'''
                (?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2}) \x20
                (?P<level>DEBUG|INFO|WARNING|ERROR)  \x20
                (?P<message>.*)
                ''',
                re.VERBOSE,
            )

            if match := LOG_LINE.fullmatch("12:30:05 ERROR disk is full"):
                print(match["level"], match["message"])
        """,
    ),
    DemoCheat(
        key="pyprofile",
        title="Find out where a Python program spends its time",
        language="bash",
        platforms=("Python",),
        topics=("Debugging", "Performance"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            Look first, then optimise. `cumulative` counts a function with all that it calls, `tottime` only what
            it does itself. The profiler makes calls dearer, so compare shares rather than seconds; imports that
            slow down the start have a switch of their own.
        """,
        code=r"""
            python3 -m cProfile -o profile.out -m json.tool large.json > /dev/null
            python3 -c 'import pstats; pstats.Stats("profile.out").sort_stats("cumulative").print_stats(15)'
            python3 -X importtime -c 'import asyncio' 2>&1 | sort -t '|' -k 2n | tail -n 10
            python3 -m timeit -s 'words = ["a"] * 1000' '"".join(words)'
        """,
    ),
)
