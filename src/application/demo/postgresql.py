"""Cheats about PostgreSQL."""

from application.demo.cheat import DemoCheat

POSTGRESQL_CHEATS = (
    DemoCheat(
        key="pgblocking",
        title="See which query waits for which",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Concurrency", "Debugging", "Monitoring"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            When everything hangs, look for a blocking session in the state `idle in transaction`: someone began
            and never ended. `pg_cancel_backend(pid)` ends a query, `pg_terminate_backend(pid)` the whole
            connection.
        """,
        code=r"""
            SELECT waiting.pid AS waiting_pid,
                   waiting.query AS waiting_query,
                   blocking.pid AS blocking_pid,
                   blocking.state AS blocking_state,
                   blocking.query AS blocking_query,
                   now() - blocking.xact_start AS in_transaction_for
            FROM pg_stat_activity AS waiting
            JOIN pg_stat_activity AS blocking ON blocking.pid = ANY (pg_blocking_pids(waiting.pid))
            ORDER BY in_transaction_for DESC;
        """,
    ),
    DemoCheat(
        key="pgupsert",
        title="Insert, or update what is there",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Concurrency", "Data"),
        owner="user",
        notes="""
            Needs a unique index on the conflict columns, and is safe when two do it at once. The condition leaves
            rows alone that would not change, which spares writes and triggers; RETURNING then gives no row for
            them.
        """,
        code=r"""
            CREATE TABLE IF NOT EXISTS preferences (name text PRIMARY KEY, value text NOT NULL);

            INSERT INTO preferences (name, value)
            VALUES ('theme', 'dark'), ('language', 'en')
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            WHERE preferences.value IS DISTINCT FROM excluded.value
            RETURNING name, value;
        """,
    ),
    DemoCheat(
        key="pgduplicates",
        title="Delete duplicates and keep the oldest",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Data",),
        owner="admin",
        notes="""
            Do it in a transaction and look at what comes back before you commit. Afterwards add the unique index
            that keeps new ones out; it belongs on the same expression.
        """,
        code=r"""
            BEGIN;

            DELETE FROM customers AS extra
            USING customers AS kept
            WHERE lower(extra.email) = lower(kept.email)
              AND extra.id > kept.id
            RETURNING extra.id, extra.email;

            CREATE UNIQUE INDEX customers_email_once ON customers (lower(email));

            COMMIT;
        """,
    ),
    DemoCheat(
        key="pgexplain",
        title="Measure a query that changes rows, and change none",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Debugging", "Performance"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            ANALYZE really runs the statement, hence the rollback. Compare the estimated rows with the actual
            ones: where they are far apart, statistics are old or columns depend on each other. `shared read`
            counts pages of 8 kB that were not in PostgreSQL's own cache.
        """,
        code=r"""
            BEGIN;

            EXPLAIN (ANALYZE, BUFFERS)
            UPDATE orders SET status = 'archived'
            WHERE created_at < now() - interval '1 year';

            ROLLBACK;
        """,
    ),
    DemoCheat(
        key="pgindexonline",
        title="Add an index while others write",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Deployment", "Performance"),
        owner="admin",
        notes="""
            CONCURRENTLY takes longer but does not lock out writers; it cannot run inside a transaction. If it
            fails, an invalid index remains that costs time and helps nobody: the second statement lists those,
            and DROP INDEX CONCURRENTLY removes them.
        """,
        code=r"""
            CREATE INDEX CONCURRENTLY orders_by_customer ON orders (customer_id, created_at DESC);

            SELECT indexrelid::regclass AS invalid_index
            FROM pg_index
            WHERE NOT indisvalid;
        """,
    ),
    DemoCheat(
        key="pgqueue",
        title="Use a table as a queue for several workers",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Concurrency", "Data"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            SKIP LOCKED passes over rows that another worker is just taking, so none waits and none is taken
            twice. An index for the ready ones in their order keeps it fast when the table has grown: ON jobs
            (created_at, id) WHERE status = 'ready'. Plan for workers that die with a job: one that has been
            running for too long is to become ready again.
        """,
        code=r"""
            UPDATE jobs
            SET status = 'running', started_at = now()
            WHERE id = (
                SELECT id
                FROM jobs
                WHERE status = 'ready'
                ORDER BY created_at, id
                LIMIT 1
                FOR UPDATE SKIP LOCKED
            )
            RETURNING id, payload;
        """,
    ),
    DemoCheat(
        key="pgsizes",
        title="List the largest tables with their indexes",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Monitoring", "Performance"),
        owner="user",
        notes="""
            The total holds the table, its indexes and what was moved out of line (TOAST). Many dead rows on a
            table that is often updated mean that vacuum does not keep up.
        """,
        code=r"""
            SELECT relid::regclass AS table_name,
                   pg_size_pretty(pg_total_relation_size(relid)) AS total,
                   pg_size_pretty(pg_indexes_size(relid)) AS indexes,
                   n_live_tup AS live_rows,
                   n_dead_tup AS dead_rows
            FROM pg_stat_user_tables
            ORDER BY pg_total_relation_size(relid) DESC
            LIMIT 20;
        """,
    ),
    DemoCheat(
        key="pgdays",
        title="Count by day, with the days that have nothing",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Data", "Time"),
        owner="user",
        notes="""
            Grouping alone leaves out empty days, and charts then lie. The condition is part of the join: in WHERE
            it would throw the empty days away again. A day begins at midnight of the session's time zone.
        """,
        code=r"""
            SELECT day::date, count(orders.id) AS orders
            FROM generate_series(current_date - 13, current_date, interval '1 day') AS day
            LEFT JOIN orders
                   ON orders.created_at >= day
                  AND orders.created_at < day + interval '1 day'
            GROUP BY day
            ORDER BY day;
        """,
    ),
    DemoCheat(
        key="pgkeyset",
        title="Page through a long list without OFFSET",
        language="sql",
        platforms=("PostgreSQL",),
        topics=("Data", "Performance"),
        owner="admin",
        notes="""
            OFFSET reads and throws away all rows before the page; this costs the same however deep. Put the last
            row's values where the literals are. The id makes the order total, and the row comparison uses an
            index on (created_at, id).
        """,
        code=r"""
            SELECT id, created_at, status
            FROM orders
            WHERE (created_at, id) < (timestamptz '2026-03-01 12:00:00+00', 4711)
            ORDER BY created_at DESC, id DESC
            LIMIT 20;
        """,
    ),
    DemoCheat(
        key="pgdump",
        title="Back up a database and prove that it can be restored",
        language="bash",
        platforms=("PostgreSQL",),
        topics=("Backup", "Data"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            The custom format is compressed and can be restored in part and by several jobs at once. Users and
            their passwords are not in it: they belong to the whole server, and `pg_dumpall --globals-only` saves
            them. A backup that was never restored is only a hope.
        """,
        code=r"""
            pg_dump --format=custom --file=shop.dump shop
            createdb shop_check
            pg_restore --exit-on-error --no-owner --jobs=4 --dbname=shop_check shop.dump
            psql --dbname=shop_check --command='SELECT count(*) FROM orders'
            dropdb shop_check
        """,
    ),
)
