-- Agents, the tasks they run, and the log of each task until it is one object.

create table agents (
    id uuid primary key,
    name text not null check (length(btrim(name)) between 1 and 120),
    version text check (length(version) <= 120),
    team text check (length(team) <= 120),
    registered_at timestamptz not null,
    -- The actor id of the token that registered it.
    registered_by text not null,
    last_seen_at timestamptz not null
) with (fillfactor = 70);
create unique index agents_name on agents (name);

-- One execution each. The log's counters change with every chunk, so no index holds them.
create table tasks (
    id uuid primary key,
    agent_id uuid not null references agents,
    name text not null check (length(btrim(name)) between 1 and 500),
    pack text check (length(pack) <= 120),
    pack_version text check (length(pack_version) <= 120),
    data_source text check (length(data_source) <= 200),
    trigger text check (length(trigger) <= 120),
    state text not null default 'running' check (state in ('running', 'succeeded', 'failed', 'lost')),
    exit_code int,
    opened_at timestamptz not null,
    -- The actor id of the token that opened it; no other may write to it.
    opened_by text not null,
    finished_at timestamptz,
    last_seen_at timestamptz not null,
    -- Acknowledged bytes, the line feeds in them, and whether the last byte is something else.
    log_length bigint not null default 0,
    log_feeds bigint not null default 0,
    log_open boolean not null default false,
    -- The state of SHA-256 after those bytes, as the program serialises it; then the digest.
    log_hash_state bytea,
    log_sha256 bytea check (length(log_sha256) = 32),
    -- Bytes that are parts in the object store, and the line feeds in them.
    moved_length bigint not null default 0,
    moved_feeds bigint not null default 0,
    -- Where the whole log stands once it is one object; its index is `{log_object less .log}.idx`.
    log_object text,
    -- One process at a time moves a log; the lease ends by itself.
    moving_until timestamptz not null default '-infinity',
    check ((state in ('succeeded', 'failed')) = (finished_at is not null))
) with (fillfactor = 50);
create index tasks_opened on tasks (opened_at desc, id desc);
create index tasks_agent on tasks (agent_id, opened_at desc, id desc);
create index tasks_running on tasks (agent_id) where state = 'running';
create index tasks_to_move on tasks (id) where log_object is null;

-- Acknowledged bytes that no part holds yet. feeds_before counts line feeds from the log's start.
create table task_chunks (
    task_id uuid not null references tasks,
    byte_offset bigint not null,
    feeds_before bigint not null,
    received_at timestamptz not null,
    bytes bytea not null,
    primary key (task_id, byte_offset)
);
-- Logs do not shrink much, and the pages turn them over quickly.
alter table task_chunks alter column bytes set storage external;

-- Stretches of a log in the object store, removed once the log is one object. line_index holds
-- the counts of store::task_logs::index for the blocks that begin in the part.
create table task_parts (
    task_id uuid not null references tasks,
    byte_offset bigint not null,
    length bigint not null,
    feeds_before bigint not null,
    location text not null,
    line_index bytea not null,
    primary key (task_id, byte_offset)
);

-- When somebody last opened a task's log: opening is one event a person and task in 15 minutes.
create table task_log_views (
    actor_id text not null,
    task_id uuid not null references tasks,
    viewed_at timestamptz not null,
    primary key (actor_id, task_id)
);

grant select, insert, update on agents, tasks, task_log_views to auditorium_app;
grant select, insert, delete on task_chunks, task_parts to auditorium_app;
grant select on agents, tasks to auditorium_reader;
