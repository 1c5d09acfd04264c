"""The platforms, topics and cheats of an older service, and its people's bags."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from application.adopting.fields import Fields
from application.adopting.findings import Findings
from application.adopting.intake import Intake, latest
from application.adopting.owners import Owners
from application.import_matches import TagsOfFile, batches
from application.ports.older_services import Kind, OldData, OldRow
from domain.cheats import Cheat
from domain.errors import Fault, Invalid, refuse
from domain.history import cheat_created
from domain.taxonomy import TagKind, name_faults, name_key
from domain.text import normalised

_KEY_LENGTH: Final = 32
_PRIVATE: Final = (
    "is false, and here everyone reads every cheat; leave it out, or say that the value means true where you name "
    "other names"
)


@dataclass(frozen=True, slots=True)
class Library:
    """What is known while the cheats are taken in.

    Attributes:
        platforms: the ids here, by the references of the old rows.
        topics: likewise.
        cheats: likewise.
        new: the ids of those cheats that were not here before.
    """

    platforms: Mapping[str, int]
    topics: Mapping[str, int]
    cheats: dict[str, int] = field(default_factory=dict[str, int])
    new: set[int] = field(default_factory=set[int])


async def collect_library(data: OldData, owners: Owners, intake: Intake) -> None:
    """Collect the platforms and topics by their names, the cheats under them, and who keeps which in their bag."""
    tags = TagsOfFile(None, intake.at, intake.uow, intake.unkept)
    library = Library(
        await _tag_ids(data, Kind.PLATFORMS, TagKind.PLATFORM, tags, intake.findings),
        await _tag_ids(data, Kind.TOPICS, TagKind.TOPIC, tags, intake.findings),
    )
    drafts = _drafts(data, owners, library, intake)
    await _collect_cheats(drafts, library, intake)
    _collect_bags(data, owners, library, drafts, intake)


async def _tag_ids(
    data: OldData, kind: Kind, tag_kind: TagKind, tags: TagsOfFile, findings: Findings
) -> dict[str, int]:
    names: dict[str, str] = {}
    for row in data.of(kind):
        fields = Fields(row)
        name = normalised(fields.text("name")).strip()
        if faults := [*fields.faults, *name_faults(name)]:
            findings.refuse(kind, row, faults)
        else:
            names[row.reference] = name
    ids = await tags.ids(tag_kind, [tuple(names.values())])
    made = {name_key(name) for name in tags.made[tag_kind]}
    for name in names.values():
        is_new = name_key(name) in made
        made.discard(name_key(name))
        (findings.added if is_new else findings.known)[kind] += 1
    return {reference: ids[name_key(name)] for reference, name in names.items()}


def _links(
    data: OldData, kind: Kind, side: str, ids: Mapping[str, int], findings: Findings
) -> Mapping[str, list[int]]:
    """Return what each cheat stands under, by the cheat's reference."""
    cheats = {row.reference for row in data.of(Kind.CHEATS)}
    links = defaultdict[str, list[int]](list)
    for row in data.of(kind):
        cheat, other = (str(row.values.get(name)) for name in ("cheat", side))
        faults = [
            Fault(name, "refers to none that is there")
            for name, is_there in (("cheat", cheat in cheats), (side, other in ids))
            if not is_there
        ]
        if faults:
            findings.refuse(kind, row, faults)
        else:
            links[cheat].append(ids[other])
    return links


def _direct(fields: Fields, side: str, ids: Mapping[str, int]) -> Iterator[int]:
    """Yield what the row itself says that it stands under."""
    if not fields.has(side):
        return
    if (reference := fields.text(side)) in ids:
        yield ids[reference]
    else:
        fields.faults.append(Fault(side, "refers to none that is there"))


def _drafts(data: OldData, owners: Owners, library: Library, intake: Intake) -> list[tuple[OldRow, Cheat]]:
    """Return the cheats, as yet without ids of their own."""
    platforms = _links(data, Kind.CHEAT_PLATFORMS, "platform", library.platforms, intake.findings)
    topics = _links(data, Kind.CHEAT_TOPICS, "topic", library.topics, intake.findings)
    drafts: list[tuple[OldRow, Cheat]] = []
    occurrences = Counter[str]()
    for row in data.of(Kind.CHEATS):
        fields = Fields(row)
        owner = owners.owner(fields, "owner")
        if not fields.flag("is_public", default=True):
            fields.faults.append(Fault("is_public", _PRIVATE))
        created_at, updated_at = fields.moment("created_at"), fields.moment("updated_at")
        try:
            cheat = Cheat.create(
                id=0,
                key="0",
                owner_id=0 if owner is None else owner.id,
                title=fields.text("title"),
                notes=fields.text("notes"),
                code=fields.text("code"),
                language=fields.text("language").strip() or None,
                platform_ids=(*platforms[row.reference], *_direct(fields, "platform", library.platforms)),
                topic_ids=(*topics[row.reference], *_direct(fields, "topic", library.topics)),
                at=created_at or intake.at,
            )
            refuse(*fields.faults)
        except Invalid as error:
            intake.findings.refuse(Kind.CHEATS, row, dict.fromkeys((*fields.faults, *error.faults)))
            continue
        # The same row gives the same key each time: the cheat is known again whatever it is called here by then.
        natural = f"{cheat.owner_id}\n{cheat.title}\n{created_at and created_at.isoformat()}"
        occurrences[natural] += 1
        digest = hashlib.sha256(f"{natural}\n{occurrences[natural]}".encode()).hexdigest()
        updated_at = latest(cheat.created_at, updated_at)
        drafts.append((row, replace(cheat, key=digest[:_KEY_LENGTH], updated_at=updated_at)))
    return drafts


async def _collect_cheats(drafts: Iterable[tuple[OldRow, Cheat]], library: Library, intake: Intake) -> None:
    here: dict[str, Cheat] = {}
    for keys in batches(draft.key for _, draft in drafts):
        here |= await intake.uow.cheats.with_keys(keys)
    made: list[Cheat] = []
    for row, draft in drafts:
        if (found := here.get(draft.key)) is not None:
            library.cheats[row.reference] = found.id
            intake.findings.known[Kind.CHEATS] += 1
            continue
        made.append(replace(draft, id=await intake.next_id(intake.uow.cheats)))
        library.cheats[row.reference] = made[-1].id
    library.new.update(cheat.id for cheat in made)
    for cheat in made:
        intake.uow.cheats.add(cheat)
    intake.tell(cheat_created(cheat, actor=None) for cheat in made)
    intake.findings.added[Kind.CHEATS] += len(made)


def _collect_bags(
    data: OldData,
    owners: Owners,
    library: Library,
    drafts: Iterable[tuple[OldRow, Cheat]],
    intake: Intake,
) -> None:
    """Collect the bags of new cheats; what someone took out of their bag here since then stays out."""
    findings, put_in_bag = intake.findings, intake.uow.cheats.put_in_bag
    for row in data.of(Kind.BAGS):
        fields = Fields(row)
        user = owners.named(fields, "user")
        cheat_id = library.cheats.get(str(row.values.get("cheat")))
        if cheat_id is None:
            fields.faults.append(Fault("cheat", "refers to none that is there, or to one that is left out"))
        if user is None or cheat_id is None:
            findings.refuse(Kind.BAGS, row, fields.faults or [Fault("user", "is missing")])
        elif cheat_id in library.new:
            put_in_bag(cheat_id, user_id=user.id)
            findings.added[Kind.BAGS] += 1
        else:
            findings.known[Kind.BAGS] += 1
    if Kind.BAGS in data.rows:
        return
    # A service without bags: everyone begins with what is theirs, as with a new cheat here.
    for row, draft in drafts:
        if (cheat_id := library.cheats[row.reference]) in library.new:
            put_in_bag(cheat_id, user_id=draft.owner_id)
