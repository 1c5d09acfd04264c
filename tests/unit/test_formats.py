"""What all formats have in common: what is written is read, and the same is written the same way."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.portability import ExportedCheat, file_faults
from entrypoints.formats.catalogue import FORMATS
from entrypoints.formats.format import Format
from tests.contracts.cheat_files import exported_cheats, file_of, read, read_from

CHEAT = ExportedCheat(
    key="3k9x0qz7m2v5h8c1",
    title="Undo the last commit",
    language="bash",
    platforms=("Git",),
    topics=("history", "repair"),
    notes="What was committed stays in the working tree.",
    code="git reset --soft HEAD~1",
)

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS),
]


def written(form: Format, *cheats: ExportedCheat) -> bytes:
    """Return a file in one go, for use where nothing can be awaited."""
    return (form.begin + form.between.join(map(form.text, cheats)) + form.end).encode()


async def test_what_is_written_is_read_again(form: Format) -> None:
    bare = ExportedCheat(None, "Bare")
    assert read_from(form, await file_of(form, [CHEAT, bare])) == [CHEAT, bare]


@settings(max_examples=60, deadline=None)
@given(cheats=st.lists(exported_cheats(), max_size=3))
def test_any_text_comes_back_as_it_was(form: Format, cheats: list[ExportedCheat]) -> None:
    assert read_from(form, written(form, *cheats)) == cheats


@settings(max_examples=200, deadline=None)
@given(file=st.lists(st.binary(max_size=5) | st.sampled_from([b"\n", b"## x\n", b'"', b",", b"[", b"```\n"])))
def test_no_file_breaks_the_reading(form: Format, file: list[bytes]) -> None:
    list(file_faults(read(form, b"".join(file))))


async def test_an_empty_export_is_a_file_that_can_be_read(form: Format) -> None:
    assert read_from(form, await file_of(form, [])) == []


async def test_a_file_is_text_that_ends_with_a_line(form: Format) -> None:
    assert (await file_of(form, [CHEAT])).decode().endswith("\n")
    assert (await file_of(form, [])).decode().endswith("\n")


async def test_a_byte_order_mark_is_no_part_of_the_file(form: Format) -> None:
    assert read_from(form, b"\xef\xbb\xbf" + await file_of(form, [CHEAT])) == [CHEAT]


async def test_letters_of_all_scripts_are_written_as_they_are(form: Format) -> None:
    assert "Café 你好 🚀".encode() in await file_of(form, [replace(CHEAT, title="Café 你好 🚀")])


async def test_a_change_of_one_field_changes_no_line_of_another_cheat(form: Format) -> None:
    before = written(form, CHEAT, replace(CHEAT, key="b", title="Second")).splitlines()
    after = written(form, CHEAT, replace(CHEAT, key="b", title="Second", notes="Other.")).splitlines()
    assert sum(line not in before for line in after) == 1


async def test_a_file_is_written_as_its_cheats_come(form: Format) -> None:
    pulled = 0

    async def cheats() -> AsyncGenerator[ExportedCheat]:
        nonlocal pulled
        while True:
            pulled += 1
            yield replace(CHEAT, notes="x" * 1_000)

    pieces = form.written(cheats())
    for count in range(1, 4):
        piece = await anext(pieces)
        assert len(piece) < 100_000
        assert pulled < count * 100
    await pieces.aclose()


async def test_bytes_that_are_no_text_are_told_with_their_line(form: Format) -> None:
    file = written(form, CHEAT, replace(CHEAT, key="b", notes="here"))
    line = file[: file.index(b"here")].count(b"\n") + 1
    *_, last = read(form, file.replace(b"here", b"\xff"))
    assert [fault.field for fault in last.faults] == [f"line {line}"]
