-- The trail: events, their positions, the head that orders them, and the block index
-- by which they are found. Roles are made by bootstrap; this only grants to them.

create table logs (
    seq bigint not null,
    occurred_at timestamptz not null,
    actor_type text not null check (actor_type in ('user', 'service', 'agent', 'ai_agent', 'system', 'anonymous')),
    actor_id text not null,
    actor_name text,
    actor_email text,
    actor_ip inet,
    user_agent text,
    on_behalf_of text,
    action text not null,
    resource_type text,
    resource_id text,
    resource_name text,
    status text not null check (status in ('success', 'failure', 'denied')),
    error_message text,
    team text,
    request_id text,
    session_id text,
    category text not null check (category in ('activity', 'data_access', 'ai_decision', 'remediation', 'admin', 'security')),
    data_classification text not null check (data_classification in ('public', 'internal', 'confidential', 'restricted')),
    compliance_tags text[] not null,
    details jsonb,
    previous_state jsonb,
    new_state jsonb,
    source text not null,
    received_at timestamptz not null,
    id uuid not null,
    schema_version smallint not null,
    primary key (seq)
) partition by range (seq);

create index logs_occurred_at on logs (occurred_at, seq);
create index logs_unsuccessful on logs (occurred_at, seq) where status <> 'success';

comment on table logs is 'What users and agents did, one row an event. Insert and read only; deletion goes through logs_delete().';

-- One row for each position ever given out. Content can go, this cannot: it makes the same
-- id twice one event, and it keeps id, position and time of receipt of what was deleted.
create table log_positions (
    id uuid primary key,
    seq bigint not null,
    received_at timestamptz not null
);
create index log_positions_seq on log_positions using brin (seq) with (pages_per_range = 32);

-- The one row that is locked while positions are given out, so that none is ever missing.
create table trail_head (
    singleton boolean primary key default true check (singleton),
    size bigint not null,
    last_received_at timestamptz not null
) with (fillfactor = 50);
insert into trail_head (size, last_received_at) values (0, '-infinity');

-- A stretch of 256 positions and the hashed terms that occur in it. Derived from logs and
-- rebuilt at will; see docs/adr/0001-block-index.md. Counts come in pairs: all events, and
-- those of the categories that only some may read.
create table log_blocks (
    block bigint primary key,
    events smallint not null,
    failed smallint not null,
    denied smallint not null,
    restricted smallint not null,
    restricted_failed smallint not null,
    restricted_denied smallint not null,
    min_occurred_at timestamptz,
    max_occurred_at timestamptz,
    terms int4[] not null
) with (toast_tuple_target = 128);
-- Counting reads many blocks and no terms, so the terms stand outside the row.
alter table log_blocks alter column terms set storage external;
create index log_blocks_terms on log_blocks using gin (terms) with (fastupdate = on, gin_pending_list_limit = 512);
create index log_blocks_max on log_blocks (max_occurred_at, block);
create index log_blocks_min on log_blocks (min_occurred_at, block);
create index log_blocks_span on log_blocks using gist (tstzrange(min_occurred_at, max_occurred_at, '[]'))
    where max_occurred_at is not null;

-- Each deletion, by the id of the event that records it, and the positions that it emptied, a
-- row for each chunk.
create table log_deletions (
    id uuid primary key,
    deleted_at timestamptz not null,
    actor_id text not null,
    reason text not null check (length(btrim(reason)) >= 3),
    query text not null,
    deleted bigint not null,
    skipped bigint not null
);
create table log_deleted_positions (
    deletion uuid not null references log_deletions,
    first_seq bigint not null,
    last_seq bigint not null,
    positions int8multirange not null,
    primary key (deletion, first_seq)
);
create index log_deleted_positions_span on log_deleted_positions (first_seq, last_seq);

create table log_truncations (
    event_id uuid primary key,
    transaction xid8 not null,
    at timestamptz not null,
    role text not null,
    client inet,
    relation text not null,
    seq bigint not null
);

-- Indexes the blocks [first_block, end_block), again where they are already. What a row is
-- found by stands here; the server asks with the same prefixes (store::logs::terms).
create function log_blocks_build(first_block bigint, end_block bigint) returns void
language sql set search_path = pg_catalog, public as $$
    insert into log_blocks (block, events, failed, denied, restricted, restricted_failed, restricted_denied,
                            min_occurred_at, max_occurred_at, terms)
    select b.block, coalesce(f.events, 0), coalesce(f.failed, 0), coalesce(f.denied, 0), coalesce(f.restricted, 0),
           coalesce(f.restricted_failed, 0), coalesce(f.restricted_denied, 0), f.first, f.last, coalesce(t.terms, '{}')
    from generate_series(first_block, end_block - 1) as b (block)
    left join (
        select seq >> 8 as block, count(*) as events,
               count(*) filter (where status = 'failure') as failed,
               count(*) filter (where status = 'denied') as denied,
               count(*) filter (where category in ('admin', 'security')) as restricted,
               count(*) filter (where category in ('admin', 'security') and status = 'failure') as restricted_failed,
               count(*) filter (where category in ('admin', 'security') and status = 'denied') as restricted_denied,
               min(occurred_at) as first, max(occurred_at) as last
        from logs where seq >= first_block << 8 and seq < end_block << 8 group by 1
    ) f using (block)
    left join (
        select block, array_agg(hash) as terms from (
            select distinct l.seq >> 8 as block, hashtext(term) as hash
            from logs l cross join lateral (
                values
                    ('a:' || lower(l.actor_id)), ('a:' || lower(l.actor_name)), ('a:' || lower(l.actor_email)),
                    ('k:' || l.actor_type), ('n:' || l.action),
                    -- user.role.assigned is found by user.* and by user.role.*
                    ('p:' || nullif(split_part(l.action, '.', 1), l.action)),
                    ('p:' || case when split_part(l.action, '.', 3) <> '' then split_part(l.action, '.', 1) || '.' || split_part(l.action, '.', 2) end),
                    ('t:' || l.resource_type), ('i:' || l.resource_id),
                    ('s:' || l.status), ('c:' || l.category), ('d:' || l.data_classification),
                    ('m:' || l.team), ('o:' || l.source), ('q:' || l.request_id), ('e:' || l.session_id),
                    ('x:' || host(l.actor_ip)),
                    ('x:' || text(network(set_masklen(l.actor_ip, case family(l.actor_ip) when 4 then 24 else 64 end)))),
                    ('x:' || text(network(set_masklen(l.actor_ip, case family(l.actor_ip) when 4 then 16 else 48 end)))),
                    ('x:' || text(network(set_masklen(l.actor_ip, case family(l.actor_ip) when 4 then 8 else 32 end))))
                union all
                select 'g:' || tag from unnest(l.compliance_tags) tag
            ) as t (term)
            where l.seq >= first_block << 8 and l.seq < end_block << 8 and term is not null
        ) d group by block
    ) t using (block)
    on conflict (block) do update set
        events = excluded.events, failed = excluded.failed, denied = excluded.denied,
        restricted = excluded.restricted, restricted_failed = excluded.restricted_failed,
        restricted_denied = excluded.restricted_denied,
        min_occurred_at = excluded.min_occurred_at, max_occurred_at = excluded.max_occurred_at,
        terms = excluded.terms
$$;

-- Indexes whole blocks that are not yet; one process at a time. Returns how many it indexed.
create function log_blocks_advance(at_most int) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    first_block bigint;
    end_block bigint;
begin
    if not pg_try_advisory_xact_lock(7170001) then
        return 0;
    end if;
    select coalesce(max(block) + 1, 0) into first_block from log_blocks;
    select least(size >> 8, first_block + at_most) into end_block from trail_head;
    if end_block <= first_block then
        return 0;
    end if;
    perform log_blocks_build(first_block, end_block);
    return end_block - first_block;
end
$$;

-- Records a TRUNCATE, whoever made it, in the transaction that makes it. Truncating the parent
-- runs this for the parent first and then for each partition: one event is enough, as long as
-- it still stands (a second TRUNCATE in the same transaction may have taken it).
create function logs_record_truncation() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    head trail_head;
    event uuid := gen_random_uuid();
    happened timestamptz := clock_timestamp();
    partition bigint := substring(tg_table_name from '^logs_([0-9]+)$')::bigint;
begin
    select * into head from trail_head for update;
    if exists (
        select from log_truncations t join logs l on l.seq = t.seq and l.id = t.event_id
        where t.transaction = pg_current_xact_id() and t.at >= transaction_timestamp()
            and t.relation in ('logs', tg_table_name)
    ) then
        return null;
    end if;
    happened := greatest(happened, head.last_received_at);
    insert into log_truncations (event_id, transaction, at, role, client, relation, seq)
    values (event, pg_current_xact_id(), happened, session_user, inet_client_addr(), tg_table_name, head.size);
    insert into log_positions (id, seq, received_at) values (event, head.size, happened);
    insert into logs (seq, id, occurred_at, received_at, actor_type, actor_id, actor_ip, action, resource_type, resource_id,
                      status, category, data_classification, compliance_tags, details, source, schema_version)
    values (head.size, event, happened, happened, 'service', 'postgres:' || session_user,
            set_masklen(inet_client_addr(), case family(inet_client_addr()) when 4 then 32 else 128 end),
            'logs.truncated', 'table', tg_table_name, 'success', 'admin', 'confidential', '{gdpr,sox}',
            jsonb_build_object('relation', tg_table_name, 'before', head.size), 'auditorium', 1);
    update trail_head set size = head.size + 1, last_received_at = happened;
    update log_blocks
    set events = 0, failed = 0, denied = 0, restricted = 0, restricted_failed = 0, restricted_denied = 0,
        min_occurred_at = null, max_occurred_at = null, terms = '{}'
    where partition is null or (block >= partition << 12 and block < (partition + 1) << 12);
    return null;
end
$$;

create trigger logs_truncated after truncate on logs for each statement execute function logs_record_truncation();

-- Makes sure that the partition of a position, and the next one, exist. A partition holds 2^20
-- positions. It is made aside and attached, which stops neither readers nor writers.
create function logs_add_partition(place bigint) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    number bigint;
    name text;
begin
    for number in select generate_series(place >> 20, (place >> 20) + 1) loop
        name := 'logs_' || lpad(number::text, 6, '0');
        continue when to_regclass('public.' || name) is not null;
        perform pg_advisory_xact_lock(7170002);
        continue when to_regclass('public.' || name) is not null;
        execute format('create table public.%I (like public.logs including all)', name);
        execute format('create trigger logs_truncated after truncate on public.%I for each statement execute function logs_record_truncation()', name);
        execute format('grant select, truncate on public.%I to auditorium_operator', name);
        execute format('alter table public.logs attach partition public.%I for values from (%s) to (%s)', name, number << 20, (number + 1) << 20);
    end loop;
end
$$;

-- The one way to remove content. Deletes the given positions where the category's term allows,
-- says how many went, and keeps what went, by whom and why. May be called for several chunks,
-- ascending, with one id; the caller records `logs.deleted` under that id before it commits.
create function logs_delete(deletion uuid, at timestamptz, actor text, why text, asked text, seqs bigint[])
returns table (deleted bigint, skipped bigint)
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    lowest bigint;
    highest bigint;
    present bigint;
    gone bigint[];
    stretch int8range;
begin
    if length(btrim(why)) < 3 then
        raise exception 'a deletion needs a reason' using errcode = 'check_violation';
    end if;
    -- Whoever indexes blocks meanwhile would count what is about to go.
    perform pg_advisory_xact_lock(7170001);
    select min(s), max(s) into lowest, highest from unnest(seqs) s;
    select count(*) into present from logs where seq = any (seqs) and seq between lowest and highest;
    with d as (
        delete from logs where seq = any (seqs) and seq between lowest and highest
            and category in ('activity', 'data_access') returning seq
    ) select coalesce(array_agg(d.seq order by d.seq), '{}') into gone from d;
    deleted := cardinality(gone);
    skipped := present - deleted;
    insert into log_deletions as l (id, deleted_at, actor_id, reason, query, deleted, skipped)
    values (deletion, at, actor, why, asked, deleted, skipped)
    on conflict (id) do update set deleted = l.deleted + excluded.deleted, skipped = l.skipped + excluded.skipped;
    if deleted > 0 then
        insert into log_deleted_positions (deletion, first_seq, last_seq, positions)
        values (deletion, gone[1], gone[deleted], (select range_agg(int8range(s, s + 1)) from unnest(gone) s));
    end if;
    for stretch in
        select unnest(range_agg(int8range(b.block, b.block + 1)))
        from (select distinct s >> 8 as block from unnest(gone) s) g join log_blocks b using (block)
    loop
        perform log_blocks_build(lower(stretch), upper(stretch));
    end loop;
    return next;
end
$$;

-- A deletion whose event is not recorded under its id does not commit.
create function log_deletions_demand_event() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    if not exists (
        select from log_positions p join logs l on l.seq = p.seq and l.id = p.id
        where p.id = new.id and l.action = 'logs.deleted' and l.source = 'auditorium'
    ) then
        raise exception 'the deletion % has no event', new.id using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end
$$;
create constraint trigger log_deletions_event after insert on log_deletions
    deferrable initially deferred for each row execute function log_deletions_demand_event();

select logs_add_partition(0);

revoke all on function logs_add_partition(bigint), logs_delete(uuid, timestamptz, text, text, text, bigint[]),
    log_blocks_build(bigint, bigint), log_blocks_advance(int), logs_record_truncation(),
    log_deletions_demand_event() from public;
grant execute on function logs_add_partition(bigint), logs_delete(uuid, timestamptz, text, text, text, bigint[]),
    log_blocks_advance(int) to auditorium_app;
grant select, insert on logs, log_positions to auditorium_app;
grant select, update on trail_head to auditorium_app;
grant select on log_blocks, log_deletions, log_deleted_positions, log_truncations to auditorium_app;
grant select, truncate on logs to auditorium_operator;
grant select on log_positions, trail_head, log_deletions, log_deleted_positions, log_truncations
    to auditorium_operator, auditorium_reader;
grant select on logs to auditorium_reader;
