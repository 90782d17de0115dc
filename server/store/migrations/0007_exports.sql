-- Exports that are prepared in the background: who asked for what, how far it is, where it lies.

create table exports (
    id uuid primary key,
    created_at timestamptz not null,
    -- The actor who asked, as events name them; a person's removal leaves the record.
    created_by text not null,
    created_by_name text not null,
    -- What is exported: fixed at the start, so that a second attempt writes the same file.
    query text not null,
    ids uuid[] not null default '{}',
    up_to_seq bigint not null,
    -- Whether events of the categories admin and security are in it.
    restricted boolean not null,
    format text not null check (format in ('csv', 'ndjson', 'json')),
    columns text[] not null default '{}',
    gzip boolean not null,
    reason text check (length(reason) <= 1000),
    state text not null default 'waiting'
        check (state in ('waiting', 'running', 'ready', 'failed', 'cancelled', 'expired')),
    -- One process at a time prepares it; the lease ends by itself. Only the newest attempt counts.
    attempt int not null default 0,
    -- Attempts that failed by themselves, without being cut short.
    failures int not null default 0,
    lease_until timestamptz not null default '-infinity',
    started_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz,
    expected_rows bigint,
    rows bigint not null default 0,
    bytes bigint not null default 0,
    sha256 bytea check (length(sha256) = 32),
    -- Where the file lies in the bucket `exports`.
    object text,
    -- When nothing of an ended export was left in the bucket.
    removed_at timestamptz,
    -- Why it failed, in words for the person who asked.
    error text,
    check ((state in ('ready', 'expired')) <= (object is not null and sha256 is not null and expires_at is not null))
) with (fillfactor = 70);
create index exports_of on exports (created_by, id desc);
create index exports_open on exports (created_at) where state in ('waiting', 'running');
create index exports_ready on exports (expires_at) where state = 'ready';
create index exports_to_remove on exports (id)
    where state in ('failed', 'cancelled', 'expired') and removed_at is null;

grant select, insert, update on exports to auditorium_app;
grant select on exports to auditorium_reader;

-- The purge removes what has ended long ago; the events that tell of it stay.
grant delete on sessions, tokens, links, alert_deliveries, task_log_views to auditorium_app;
