"""Snippets: the piece of a text that shows why a search found it."""

import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge
from html import escape
from itertools import accumulate

from domain.text import begins_word, fold

LENGTH = 160
"""How many code points a snippet has where its text is longer: about so many, since words are not cut."""

# How far an edge moves to spare a word, and how long a word may be that is found by its beginning only.
_REACH = 20
_SHORT_WORD = 2
# A word that stands there a hundred thousand times is looked for no further; the first places show as much.
_PLACES_MOST = 2_000
# As many code points follow a letter in a stream-safe text (UAX 15, section 13).
_FOLLOWERS_MOST = 30
_JOINER = "\u200d"
_FOLLOWERS = frozenset((_JOINER, "\uff9e", "\uff9f", *map(chr, range(0x1F3FB, 0x1F400))))


@dataclass(frozen=True, slots=True)
class _Match:
    """Where a word was found in a text; matches of one text never overlap."""

    start: int
    end: int
    word: str


def snippet(texts: Iterable[str], words: Collection[str]) -> str:
    """Return a piece of one of the texts as HTML, safe to insert as it is.

    It is where the most of the different words are close together, in the first text that has such a place; where
    none is found, it is the beginning of the first text. Matches stand in `<mark>`, an ellipsis where the text
    goes on; no match is cut, nor any letter from its marks (UAX 29). Texts that are blank do not count.

    Args:
        texts: where to look, the most telling first.
        words: each folded (`domain.text.fold`). As in searches of cheats, those of one or two characters are found
            only where a word begins (`domain.text.starts`).
    """
    best: tuple[str, Sequence[_Match], Sequence[_Match]] | None = None
    most = -1
    wanted = frozenset(words)
    for text in texts:
        if not text or text.isspace():
            continue
        matches = tuple(_matches(text, wanted))
        closest = _closest(matches)
        if (found := len({match.word for match in closest})) > most:
            best, most = (text, matches, closest), found
        if most == len(wanted):
            break
    return "" if best is None else _marked(*best)


def _matches(text: str, words: Iterable[str]) -> Iterator[_Match]:
    """Yield what is found, in its order; of two that overlap the earlier, or else the longer."""
    ends: Sequence[int]
    if text.isascii():
        folded, ends = text.lower(), range(1, len(text) + 1)
    else:
        # Folding takes each character by itself, so the folded ones tell where each of them went.
        pieces = [_folded(mark) for mark in text]
        folded, ends = "".join(pieces), tuple(accumulate(map(len, pieces)))
    before = 0
    for place, shortness, word in merge(*(_places(word, folded) for word in words)):
        start = _letter_start(text, bisect_right(ends, place))
        if start >= before:
            before = _letter_end(text, bisect_right(ends, place - shortness - 1) + 1)
            yield _Match(start, before, word)


@lru_cache(maxsize=2**14)
def _folded(mark: str) -> str:
    return fold(mark)


def _places(word: str, folded: str) -> Iterator[tuple[int, int, str]]:
    """Yield where a word is in a folded text, and its length below zero, by which the longer one sorts first."""
    place = -1
    for _ in range(_PLACES_MOST):
        place = folded.find(word, place + 1)
        if place < 0:
            return
        if len(word) > _SHORT_WORD or begins_word(folded, place):
            yield place, -len(word), word
            place += len(word) - 1


def _closest(matches: Sequence[_Match]) -> Sequence[_Match]:
    """Return the first that fit into one snippet and are of the most different words."""
    best, most = slice(0), 0
    first = 0
    words: Counter[str] = Counter()
    for last, match in enumerate(matches):
        words[match.word] += 1
        while first < last and matches[first].start < match.end - LENGTH:
            words -= Counter((matches[first].word,))
            first += 1
        if len(words) > most:
            best, most = slice(first, last + 1), len(words)
    return matches[best]


def _marked(text: str, matches: Sequence[_Match], closest: Sequence[_Match]) -> str:
    """Return the piece of the text around the closest matches, with all that are in it marked."""
    start, end = _edges(text, matches, closest)
    parts = ["…"] if text[:start].strip() else []
    place = start
    for match in matches:
        if start <= match.start and match.end <= end:
            parts += escape(text[place : match.start]), "<mark>", escape(text[match.start : match.end]), "</mark>"
            place = match.end
    parts.append(escape(text[place:end]))
    if text[end:].strip():
        parts.append("…")
    return "".join(parts).replace("</mark><mark>", "")


def _edges(text: str, matches: Sequence[_Match], closest: Sequence[_Match]) -> tuple[int, int]:
    """Return where the piece begins and ends: of the room to spare, a third is for what comes before."""
    beginning = len(text) - len(text.lstrip())
    core_start, core_end = (closest[0].start, closest[-1].end) if closest else (beginning, beginning)
    spare = max(0, LENGTH - (core_end - core_start))
    start = max(0, min(core_start - spare // 3, len(text) - LENGTH))
    end = max(core_end, min(len(text), start + LENGTH))
    start, end = _start_between(text, start, core_start), _end_between(text, core_end, end)
    for match in matches:
        if match.start < start < match.end:
            start = match.end
        if match.start < end < match.end:
            end = match.start
    piece = text[start:end]
    return end - len(piece.lstrip()), start + len(piece.rstrip())


def _start_between(text: str, start: int, latest: int) -> int:
    """Return the start, or a little later, where a word or at least a letter begins."""
    if start == 0 or text[start - 1].isspace():
        return start
    for place in range(start, min(latest, start + _REACH)):
        if text[place].isspace():
            return place
    while start < latest and _follows(text, start):
        start += 1
    return start


def _end_between(text: str, earliest: int, end: int) -> int:
    """Return the end, or a little earlier, where a word or at least a letter ends."""
    if end == len(text) or text[end].isspace():
        return end
    for place in range(end - 1, max(earliest, end - _REACH) - 1, -1):
        if text[place].isspace():
            return place
    return max(earliest, _letter_start(text, end))


def _letter_start(text: str, place: int) -> int:
    start = place
    while start > place - _FOLLOWERS_MOST and _follows(text, start):
        start -= 1
    return start


def _letter_end(text: str, place: int) -> int:
    end = place
    while end < place + _FOLLOWERS_MOST and _follows(text, end):
        end += 1
    return end


def _follows(text: str, place: int) -> bool:
    """Tell whether what stands there is part of the letter or picture before it."""
    if not 0 < place < len(text):
        return False
    mark = text[place]
    return mark in _FOLLOWERS or text[place - 1] == _JOINER or unicodedata.category(mark).startswith("M")
