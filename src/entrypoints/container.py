"""The one place that knows every adapter: settings in, use cases out."""

from datetime import timedelta
from importlib.metadata import version

from dependency_injector import containers, providers

from adapters.argon2.passwords import Argon2PasswordHasher
from adapters.clock.system import SystemClock
from adapters.fernet.secret_box import FernetSecretBox
from adapters.httpcore.webhooks import HttpcoreWebhookSender
from adapters.jwt.key_files import key_ring, read_signing_key, read_verification_key
from adapters.jwt.tokens import JwtTokens
from adapters.memory.storage import InMemoryStorage
from adapters.otlp.tracing import is_installed, traced_passwords, tracer_to
from adapters.postgres.server import EmbeddedPostgres, running_url
from adapters.random.keys import RandomKeys
from adapters.random.secrets import RandomSecrets
from adapters.sql.migration import head, upgrade
from adapters.sql.store import SqlStore
from adapters.zxcvbn.passwords import common_passwords
from application.approvals import ApproveUser, CountWaiting, GetAccount, RejectUser, RestoreUser
from application.auth import Authenticate, RefreshSession, SignIn, SignUp, StartTokenSession
from application.browsers import (
    REMEMBERED_LIFETIME,
    VISIT_LIFETIME,
    AuthenticateBrowser,
    StartBrowserSession,
)
from application.cheats import (
    ChangeCheat,
    CreateCheat,
    DeleteCheat,
    GetCheat,
    KeepInBag,
    ListCheats,
    TakeOutOfBag,
)
from application.deliveries import DeliverWebhooks, GetDelivery, ListDeliveries, Redeliver
from application.events import FindPlace, ListEvents, SealEvents
from application.feed import EventFeed
from application.health import CheckHealth, CheckReadiness
from application.idempotency import CarryOutOnce
from application.importing import ImportCheats
from application.passwords import ConfirmPassword
from application.portability import CountCheats, ExportCheats
from application.ports.notices import Notices
from application.ports.rate_limits import RequestCounts
from application.ports.session_directory import SessionDirectory
from application.ports.throttle import Allowance, Throttle
from application.ports.unit_of_work import UnitsOfWork
from application.posts import ChangePost, CreatePost, DeletePost, GetPost, ListPosts
from application.rate_limits import RequestLimit
from application.retention import RemoveExpired
from application.search import SearchEverything
from application.sessions import ChangePassword, EndOtherSessions, EndSession, ListSessions, SignOut
from application.tasks import ChangeTask, CreateTask, DeleteTask, GetTask, ListTasks, SummariseTasks
from application.taxonomy import CreateTag, DeleteTag, GetTag, ListTags, RenameTag
from application.throttling import GuessLimit
from application.users import (
    ChangeUser,
    CreateUser,
    DeleteUser,
    FindUser,
    GetUser,
    ListUsers,
    NameUsers,
)
from application.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    GetWebhook,
    ListWebhooks,
    RotateSecret,
)
from domain.users import PasswordPolicy
from entrypoints.foreign_storage import foreign_storage
from entrypoints.http.idempotency import Once
from entrypoints.http.paging import Cursors
from entrypoints.settings import Settings
from entrypoints.web.cookies import CookieJar


class Container(containers.DeclarativeContainer):
    """Wires Satchel for one process."""

    settings = providers.Dependency(instance_of=Settings)

    clock = providers.Singleton(SystemClock)
    keys = providers.Singleton(RandomKeys)
    tracer = providers.Singleton(
        tracer_to, settings.provided.traces_endpoint, providers.Callable(version, "satchel")
    )
    can_trace = providers.Callable(is_installed)
    passwords = providers.Singleton(traced_passwords, providers.Singleton(Argon2PasswordHasher), tracer)
    password_policy = providers.Singleton(
        PasswordPolicy,
        is_strict=settings.provided.is_strict_on_passwords,
        common=providers.Callable(common_passwords),
    )
    session_lifetime = providers.Factory(timedelta, days=settings.provided.refresh_token_days)
    read_signing_key = providers.Callable(read_signing_key)
    read_verification_key = providers.Callable(read_verification_key)
    tokens = providers.Singleton(
        JwtTokens,
        keys=providers.Callable(
            key_ring,
            secret_key=settings.provided.secret_key,
            previous_secret_keys=settings.provided.previous_secret_keys,
            signing_key_file=settings.provided.signing_key_file,
            previous_signing_key_files=settings.provided.previous_signing_key_files,
        ),
        access_lifetime=providers.Factory(timedelta, minutes=settings.provided.access_token_minutes),
        refresh_lifetime=session_lifetime,
    )
    secret_source = providers.Singleton(RandomSecrets)
    secret_box = providers.Singleton(FernetSecretBox, secret_keys=settings.provided.all_secret_keys)
    webhook_sender = providers.Singleton(
        HttpcoreWebhookSender, allowed_networks=settings.provided.webhook_allowed_networks
    )
    webhooks_need_https = settings.provided.is_production

    embedded_postgres = providers.Singleton(EmbeddedPostgres, settings.provided.data_dir)
    running_database_url = providers.Callable(running_url, settings.provided.data_dir)
    upgrade_schema = providers.Callable(upgrade, settings.provided.database_url)
    newest_revision = providers.Callable(head)

    store = providers.Selector(
        settings.provided.store_kind,
        memory=providers.Singleton(InMemoryStorage),
        postgresql=providers.Singleton(
            SqlStore,
            settings.provided.database_url,
            pool_size=settings.provided.database_pool_size,
            through_pooler=settings.provided.is_database_pooled,
            listen_url=settings.provided.database_listen_url,
            tracer=tracer,
            read_url=settings.provided.database_read_url,
        ),
        foreign=providers.Singleton(
            foreign_storage, settings.provided.database_url, pool_size=settings.provided.database_pool_size
        ),
    )
    units_of_work: providers.Provider[UnitsOfWork] = store.provided.unit_of_work
    session_directory: providers.Provider[SessionDirectory] = store.provided.session_directory
    notices: providers.Provider[Notices] = store.provided.notices
    throttle: providers.Provider[Throttle] = store.provided.throttle
    request_counts: providers.Provider[RequestCounts] = store.provided.request_counts
    guess_limit = providers.Singleton(
        GuessLimit,
        throttle,
        providers.Singleton(
            Allowance,
            tries=settings.provided.rate_limit_sign_in_failures,
            period=providers.Factory(timedelta, minutes=settings.provided.rate_limit_sign_in_minutes),
        ),
    )
    request_limit = providers.Singleton(
        RequestLimit,
        request_counts,
        of_account=settings.provided.rate_limit_requests,
        of_address=settings.provided.rate_limit_anonymous_requests,
    )

    check_health = providers.Singleton(CheckHealth, store)
    check_readiness = providers.Singleton(CheckReadiness, store)

    start_session = providers.Singleton(StartTokenSession, tokens, clock, session_lifetime)
    start_visit = providers.Singleton(StartBrowserSession, secret_source, clock, VISIT_LIFETIME)
    start_remembered = providers.Singleton(StartBrowserSession, secret_source, clock, REMEMBERED_LIFETIME)
    approves = settings.provided.approves_automatically
    sign_up = providers.Singleton(
        SignUp, units_of_work, passwords, clock, start_session, password_policy, approve_automatically=approves
    )
    sign_up_browser = providers.Singleton(
        SignUp, units_of_work, passwords, clock, start_visit, password_policy, approve_automatically=approves
    )
    sign_in = providers.Singleton(SignIn, units_of_work, passwords, clock, start_session, guess_limit)
    sign_in_browser = providers.Singleton(SignIn, units_of_work, passwords, clock, start_visit, guess_limit)
    sign_in_remembered = providers.Singleton(
        SignIn, units_of_work, passwords, clock, start_remembered, guess_limit
    )
    refresh_session = providers.Singleton(RefreshSession, units_of_work, tokens, clock)
    sign_out = providers.Singleton(SignOut, units_of_work, clock)
    list_sessions = providers.Singleton(ListSessions, units_of_work, clock)
    end_session = providers.Singleton(EndSession, units_of_work, clock)
    end_other_sessions = providers.Singleton(EndOtherSessions, units_of_work, clock)
    confirm_password = providers.Singleton(ConfirmPassword, passwords, clock, guess_limit)
    change_password = providers.Singleton(
        ChangePassword, units_of_work, passwords, clock, password_policy, confirm_password
    )
    authenticate = providers.Singleton(Authenticate, session_directory, tokens, clock)
    authenticate_browser = providers.Singleton(AuthenticateBrowser, session_directory, units_of_work, clock)

    create_user = providers.Singleton(CreateUser, units_of_work, passwords, clock, password_policy)
    get_user = providers.Singleton(GetUser, units_of_work)
    get_account = providers.Singleton(GetAccount, units_of_work)
    find_user = providers.Singleton(FindUser, units_of_work)
    change_user = providers.Singleton(ChangeUser, units_of_work, clock)
    delete_user = providers.Singleton(DeleteUser, units_of_work, clock)
    count_waiting = providers.Singleton(CountWaiting, units_of_work)
    approve_user = providers.Singleton(ApproveUser, units_of_work, clock)
    reject_user = providers.Singleton(RejectUser, units_of_work, clock)
    restore_user = providers.Singleton(RestoreUser, units_of_work, clock)
    list_users = providers.Singleton(ListUsers, units_of_work)
    name_users = providers.Singleton(NameUsers, units_of_work)

    seal_events = providers.Singleton(SealEvents, units_of_work, clock)
    list_events = providers.Singleton(ListEvents, units_of_work, seal_events)
    find_place = providers.Singleton(FindPlace, units_of_work)
    event_feed = providers.Singleton(EventFeed, units_of_work, seal_events, session_directory, notices, clock)

    create_task = providers.Singleton(CreateTask, units_of_work, clock)
    get_task = providers.Singleton(GetTask, units_of_work)
    list_tasks = providers.Singleton(ListTasks, units_of_work)
    summarise_tasks = providers.Singleton(SummariseTasks, units_of_work, clock)
    change_task = providers.Singleton(ChangeTask, units_of_work, clock)
    delete_task = providers.Singleton(DeleteTask, units_of_work, clock)

    create_cheat = providers.Singleton(CreateCheat, units_of_work, clock, keys)
    get_cheat = providers.Singleton(GetCheat, units_of_work)
    list_cheats = providers.Singleton(ListCheats, units_of_work)
    change_cheat = providers.Singleton(ChangeCheat, units_of_work, clock)
    delete_cheat = providers.Singleton(DeleteCheat, units_of_work, clock)
    keep_in_bag = providers.Singleton(KeepInBag, units_of_work)
    take_out_of_bag = providers.Singleton(TakeOutOfBag, units_of_work)

    create_post = providers.Singleton(CreatePost, units_of_work, clock)
    get_post = providers.Singleton(GetPost, units_of_work)
    list_posts = providers.Singleton(ListPosts, units_of_work)
    change_post = providers.Singleton(ChangePost, units_of_work, clock)
    delete_post = providers.Singleton(DeletePost, units_of_work, clock)

    create_tag = providers.Singleton(CreateTag, units_of_work, clock)
    get_tag = providers.Singleton(GetTag, units_of_work)
    list_tags = providers.Singleton(ListTags, units_of_work)
    rename_tag = providers.Singleton(RenameTag, units_of_work, clock)
    delete_tag = providers.Singleton(DeleteTag, units_of_work, clock)

    create_webhook = providers.Singleton(CreateWebhook, units_of_work, clock, secret_source, secret_box)
    get_webhook = providers.Singleton(GetWebhook, units_of_work)
    list_webhooks = providers.Singleton(ListWebhooks, units_of_work)
    change_webhook = providers.Singleton(ChangeWebhook, units_of_work, clock)
    delete_webhook = providers.Singleton(DeleteWebhook, units_of_work, clock)
    rotate_secret = providers.Singleton(RotateSecret, units_of_work, clock, secret_source, secret_box)
    get_delivery = providers.Singleton(GetDelivery, units_of_work)
    list_deliveries = providers.Singleton(ListDeliveries, units_of_work)
    redeliver = providers.Singleton(Redeliver, units_of_work, clock)
    deliver_webhooks = providers.Singleton(
        DeliverWebhooks,
        units_of_work,
        clock,
        notices,
        webhook_sender,
        secret_box,
        version=providers.Callable(version, "satchel"),
    )

    remove_expired = providers.Singleton(
        RemoveExpired,
        units_of_work,
        throttle,
        clock,
        delivery_lifetime=providers.Factory(timedelta, days=settings.provided.webhook_delivery_days),
    )

    search_everything = providers.Singleton(SearchEverything, units_of_work)

    count_cheats = providers.Singleton(CountCheats, units_of_work)
    export_cheats = providers.Singleton(ExportCheats, units_of_work)
    import_cheats = providers.Singleton(ImportCheats, units_of_work, clock, keys)

    once = providers.Singleton(
        Once,
        providers.Singleton(CarryOutOnce, units_of_work, clock, secret_box),
        secret_keys=settings.provided.all_secret_keys,
    )
    cursors = providers.Singleton(Cursors, secret_keys=settings.provided.all_secret_keys)
    cookie_jar = providers.Singleton(
        CookieJar, secret_keys=settings.provided.all_secret_keys, is_secure=settings.provided.is_production
    )
