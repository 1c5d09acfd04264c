"""Pages on PostgreSQL."""

from tests.contracts import (
    web_account,
    web_admin,
    web_admin_audit,
    web_admin_users,
    web_admin_webhooks,
    web_board,
    web_cheat_permissions,
    web_cheats,
    web_dashboard,
    web_forgery,
    web_frame,
    web_import,
    web_injection,
    web_live,
    web_post_forms,
    web_posts,
    web_redirects,
    web_registering,
    web_sessions,
    web_tags,
    web_tasks,
)


class TestRegistering(web_registering.RegisteringContract): ...


class TestWaiting(web_registering.WaitingContract): ...


class TestEntering(web_sessions.EnteringContract): ...


class TestBrowserSessions(web_sessions.BrowserSessionsContract): ...


class TestThrottledSignIn(web_sessions.ThrottledSignInContract): ...


class TestForgedForms(web_forgery.ForgedFormsContract): ...


class TestPlantedSessions(web_forgery.PlantedSessionsContract): ...


class TestWayBack(web_redirects.WayBackContract): ...


class TestInjection(web_injection.InjectionContract): ...


class TestBrokenForms(web_injection.BrokenFormsContract): ...


class TestFrame(web_frame.FrameContract): ...


class TestErrorPages(web_frame.ErrorPagesContract): ...


class TestProductionCookies(web_frame.ProductionCookiesContract): ...


class TestLivePages(web_live.LiveContract): ...


class TestWaitingBadge(web_live.WaitingBadgeContract): ...


class TestWritingPostPages(web_post_forms.WritingPagesContract): ...


class TestReadingPostPages(web_posts.ReadingPagesContract): ...


class TestCheatPages(web_cheats.FindingCheatsContract): ...


class TestWritingCheatPages(web_cheats.WritingCheatsContract): ...


class TestCheatPagePermissions(web_cheat_permissions.CheatPermissionsContract): ...


class TestImportPage(web_import.ImportPageContract): ...


class TestTagPages(web_tags.TagPagesContract): ...


class TestDashboard(web_dashboard.DashboardContract): ...


class TestBoard(web_board.BoardContract): ...


class TestQuickTasks(web_board.QuickTasksContract): ...


class TestMovingCards(web_board.MovingCardsContract): ...


class TestTaskForms(web_tasks.TaskFormsContract): ...


class TestOwnAccount(web_account.OwnAccountContract): ...


class TestThrottledFarewell(web_account.ThrottledFarewellContract): ...


class TestOwnSessionsPage(web_account.OwnSessionsPageContract): ...


class TestAdminsOnly(web_admin.AdminsOnlyContract): ...


class TestAdminInjection(web_admin.AdminInjectionContract): ...


class TestUserAdministration(web_admin_users.UserAdministrationContract): ...


class TestLastAdminPage(web_admin_users.LastAdminPageContract): ...


class TestAuditPage(web_admin_audit.AuditPageContract): ...


class TestWebhookAdministration(web_admin_webhooks.WebhookAdministrationContract): ...
