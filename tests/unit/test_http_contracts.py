"""The HTTP surface on the in-memory store."""

from tests.contracts import (
    http_accounts,
    http_administration,
    http_audit,
    http_bodies,
    http_cheats,
    http_deliveries,
    http_event_socket,
    http_feed,
    http_fuzzing,
    http_idempotency,
    http_lists,
    http_paging,
    http_permissions,
    http_portability,
    http_post_lists,
    http_posts,
    http_races,
    http_rate_limits,
    http_revocation,
    http_search,
    http_security,
    http_sessions,
    http_tasks,
    http_taxonomy,
    http_throttling,
    http_users,
    http_webhooks,
)
from tests.contracts.http_cheats import library
from tests.contracts.http_deliveries import receiver
from tests.contracts.http_lists import team
from tests.contracts.http_paging import reader
from tests.contracts.http_portability import bob
from tests.contracts.http_search import crowd, garden
from tests.contracts.http_taxonomy import boss
from tests.contracts.http_users import root

__all__ = ["bob", "boss", "crowd", "garden", "library", "reader", "receiver", "root", "team"]


class TestSigningUp(http_accounts.SigningUpContract): ...


class TestSigningIn(http_accounts.SigningInContract): ...


class TestStayingIn(http_accounts.StayingInContract): ...


class TestApproval(http_accounts.ApprovalContract): ...


class TestPeople(http_accounts.PeopleContract): ...


class TestBodies(http_bodies.BodiesContract): ...


class TestChangesOnRecord(http_audit.ChangesOnRecordContract): ...


class TestCreatingTasks(http_tasks.CreatingTasksContract): ...


class TestChangingTasks(http_tasks.ChangingTasksContract): ...


class TestConditionalRequests(http_tasks.ConditionalRequestsContract): ...


class TestFiltering(http_lists.FilteringContract): ...


class TestSorting(http_lists.SortingContract): ...


class TestKeyset(http_paging.KeysetContract): ...


class TestPageMode(http_paging.PageModeContract): ...


class TestOwnSessions(http_sessions.OwnSessionsContract): ...


class TestChangingPasswords(http_sessions.ChangingPasswordsContract): ...


class TestThrottling(http_throttling.ThrottlingContract): ...


class TestRateLimits(http_rate_limits.RateLimitContract): ...


class TestNoRateLimits(http_rate_limits.NoRateLimitContract): ...


class TestRaces(http_races.RacesContract): ...


class TestRevocation(http_revocation.RevocationContract): ...


class TestCredentials(http_security.CredentialsContract): ...


class TestOneDoor(http_security.OneDoorContract): ...


class TestFuzzing(http_fuzzing.FuzzingContract): ...


class TestIdempotency(http_idempotency.IdempotencyContract): ...


class TestApprovalQueue(http_administration.QueueContract): ...


class TestLastAdmin(http_administration.LastAdminContract): ...


class TestAudit(http_administration.AuditContract): ...


class TestEventStream(http_feed.StreamContract): ...


class TestEventSocket(http_event_socket.SocketContract): ...


class TestDraining(http_event_socket.DrainingContract): ...


class TestListingUsers(http_users.UserListContract): ...


class TestAccountsOfOthers(http_users.AccountsOfOthersContract): ...


class TestPermissions(http_permissions.PermissionsContract): ...


class TestPermissionMatrix(http_permissions.MatrixContract): ...


class TestCheats(http_cheats.CheatsContract): ...


class TestBag(http_cheats.BagContract): ...


class TestFindingCheats(http_cheats.FindingCheatsContract): ...


class TestWritingPosts(http_posts.WritingPostsContract): ...


class TestReadingPosts(http_post_lists.ReadingPostsContract): ...


class TestSearching(http_search.SearchingContract): ...


class TestSearchPages(http_search.SearchPagesContract): ...


class TestPlatforms(http_taxonomy.PlatformsContract): ...


class TestTopics(http_taxonomy.TopicsContract): ...


class TestWebhooks(http_webhooks.WebhooksContract): ...


class TestDeliveries(http_deliveries.DeliveriesContract): ...


class TestExporting(http_portability.ExportingContract): ...


class TestImporting(http_portability.ImportingContract): ...
