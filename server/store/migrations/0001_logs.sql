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
    only boolean primary key default true check (only),
    size bigint not null,
    last_received_at timestamptz not null
) with (fillfactor = 50);
insert into trail_head (size, last_received_at) values (0, '-infinity');

-- A stretch of 256 positions and the hashed terms that occur in it. Derived from logs and
-- rebuilt at will; see docs/adr/0001-block-index.md.
create table log_blocks (
    block bigint primary key,
    events smallint not null,
    failed smallint not null,
    denied smallint not null,
    min_occurred_at timestamptz,
    max_occurred_at timestamptz,
    terms int4[] not null
);
create index log_blocks_terms on log_blocks using gin (terms) with (fastupdate = on);
create index log_blocks_max on log_blocks (max_occurred_at desc, block desc);

create table log_deletions (
    id uuid primary key,
    deleted_at timestamptz not null,
    actor_id text not null,
    reason text not null check (length(btrim(reason)) >= 3),
    query text not null,
    deleted bigint not null,
    skipped bigint not null,
    positions int8multirange not null
);

create table log_truncations (
    transaction xid8 primary key,
    at timestamptz not null,
    role text not null,
    client inet,
    relation text not null,
    size bigint not null,
    event_id uuid not null
);

-- What a row is found by, as hashes. The server asks with the same prefixes (store::terms).
create function log_terms(l logs) returns int4[] language sql immutable parallel safe as $$
    select array_agg(distinct hashtext(term)) from (
        values
            ('a:' || lower(l.actor_id)), ('a:' || lower(l.actor_name)), ('a:' || lower(l.actor_email)),
            ('k:' || l.actor_type), ('n:' || l.action),
            ('t:' || l.resource_type), ('r:' || l.resource_type || '/' || l.resource_id), ('i:' || l.resource_id),
            ('s:' || l.status), ('c:' || l.category), ('d:' || l.data_classification),
            ('m:' || l.team), ('o:' || l.source), ('q:' || l.request_id), ('e:' || l.session_id),
            ('x:' || host(l.actor_ip)),
            ('x:' || case when family(l.actor_ip) = 4 then network(set_masklen(l.actor_ip, 24)) else network(set_masklen(l.actor_ip, 64)) end),
            ('x:' || case when family(l.actor_ip) = 4 then network(set_masklen(l.actor_ip, 16)) else network(set_masklen(l.actor_ip, 48)) end),
            ('x:' || case when family(l.actor_ip) = 4 then network(set_masklen(l.actor_ip, 8)) else network(set_masklen(l.actor_ip, 32)) end)
        union all
        -- user.role.assigned is found by user.* and by user.role.*
        select 'p:' || array_to_string((string_to_array(l.action, '.'))[1:depth], '.')
        from generate_series(1, cardinality(string_to_array(l.action, '.')) - 1) depth
        union all
        select 'g:' || tag from unnest(l.compliance_tags) tag
    ) as t (term)
    where term is not null
$$;

create function log_blocks_build(first_block bigint, end_block bigint) returns void language sql as $$
    insert into log_blocks (block, events, failed, denied, min_occurred_at, max_occurred_at, terms)
    select b.block, coalesce(f.events, 0), coalesce(f.failed, 0), coalesce(f.denied, 0), f.first, f.last, coalesce(t.terms, '{}')
    from generate_series(first_block, end_block - 1) as b (block)
    left join (
        select seq >> 8 as block, count(*) as events,
               count(*) filter (where status = 'failure') as failed,
               count(*) filter (where status = 'denied') as denied,
               min(occurred_at) as first, max(occurred_at) as last
        from logs where seq >= first_block << 8 and seq < end_block << 8 group by 1
    ) f using (block)
    left join (
        select l.seq >> 8 as block, array_agg(distinct term) as terms
        from logs l, unnest(log_terms(l)) term
        where l.seq >= first_block << 8 and l.seq < end_block << 8 group by 1
    ) t using (block)
    on conflict (block) do update set
        events = excluded.events, failed = excluded.failed, denied = excluded.denied,
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

-- Records a TRUNCATE, whoever made it. Runs for the parent and for every partition; the
-- first in a transaction writes the event, with the role and address that did it.
create function logs_record_truncation() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    head trail_head;
    event uuid := gen_random_uuid();
    now timestamptz := clock_timestamp();
begin
    select * into head from trail_head for update;
    insert into log_truncations (transaction, at, role, client, relation, size, event_id)
    values (pg_current_xact_id(), now, session_user, inet_client_addr(), tg_table_name, head.size, event)
    on conflict do nothing;
    if not found then
        return null;
    end if;
    now := greatest(now, head.last_received_at);
    perform logs_add_partition(head.size);
    insert into log_positions (id, seq, received_at) values (event, head.size, now);
    insert into logs (seq, id, occurred_at, received_at, actor_type, actor_id, actor_ip, action, resource_type, resource_id,
                      status, category, data_classification, compliance_tags, details, source, schema_version)
    values (head.size, event, now, now, 'service', 'postgres:' || session_user, inet_client_addr(), 'logs.truncated', 'table', tg_table_name,
            'success', 'admin', 'confidential', '{gdpr,sox}', jsonb_build_object('relation', tg_table_name, 'before', head.size), 'auditorium', 1);
    update trail_head set size = head.size + 1, last_received_at = now;
    update log_blocks set events = 0, failed = 0, denied = 0, min_occurred_at = null, max_occurred_at = null, terms = '{}'
    where tg_table_name = 'logs' or block >= ((regexp_match(tg_table_name, '(\d+)$'))[1])::bigint << 12
        and block < (((regexp_match(tg_table_name, '(\d+)$'))[1])::bigint + 1) << 12;
    return null;
end
$$;

create trigger logs_truncated after truncate on logs for each statement execute function logs_record_truncation();

-- Makes sure that the partition of a position, and the next one, exist. A partition holds 2^20 positions.
create function logs_add_partition(position bigint) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    number bigint;
    name text;
begin
    for number in select generate_series(position >> 20, (position >> 20) + 1) loop
        name := 'logs_' || lpad(number::text, 6, '0');
        continue when to_regclass('public.' || name) is not null;
        perform pg_advisory_xact_lock(7170002);
        continue when to_regclass('public.' || name) is not null;
        execute format('create table %I partition of logs for values from (%s) to (%s)', name, number << 20, (number + 1) << 20);
        execute format('create trigger logs_truncated after truncate on %I for each statement execute function logs_record_truncation()', name);
        execute format('grant select, insert on %I to auditorium_app', name);
        execute format('grant select, truncate on %I to auditorium_operator', name);
        execute format('grant select on %I to auditorium_reader', name);
    end loop;
end
$$;

-- The one way to remove content. Deletes the given positions where the category's term allows,
-- says how many went, and keeps what went, by whom and why. The caller records `logs.deleted`
-- in the same transaction.
create function logs_delete(deletion uuid, at timestamptz, actor text, why text, asked text, seqs bigint[])
returns table (deleted bigint, skipped bigint)
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    gone bigint[];
    blocks bigint[];
    block bigint;
begin
    if length(btrim(why)) < 3 then
        raise exception 'a deletion needs a reason' using errcode = 'check_violation';
    end if;
    with d as (
        delete from logs where seq = any (seqs) and category in ('activity', 'data_access') returning seq
    ) select coalesce(array_agg(d.seq order by d.seq), '{}') into gone from d;
    deleted := cardinality(gone);
    skipped := cardinality(seqs) - deleted;
    insert into log_deletions as l (id, deleted_at, actor_id, reason, query, deleted, skipped, positions)
    values (deletion, at, actor, why, asked, deleted, skipped,
            coalesce((select range_agg(int8range(s, s + 1)) from unnest(gone) s), '{}'))
    on conflict (id) do update set deleted = l.deleted + excluded.deleted, skipped = l.skipped + excluded.skipped,
        positions = l.positions + excluded.positions;
    for block in select distinct s >> 8 from unnest(gone) s where exists (select from log_blocks b where b.block = s >> 8) loop
        perform log_blocks_build(block, block + 1);
    end loop;
    return next;
end
$$;

select logs_add_partition(0);

revoke all on function logs_add_partition(bigint), logs_delete(uuid, timestamptz, text, text, text, bigint[]),
    log_blocks_build(bigint, bigint), log_blocks_advance(int), logs_record_truncation() from public;
grant execute on function logs_add_partition(bigint), logs_delete(uuid, timestamptz, text, text, text, bigint[]),
    log_blocks_advance(int) to auditorium_app;
grant select, insert on logs, log_positions to auditorium_app;
grant select, update on trail_head to auditorium_app;
grant select on log_blocks, log_deletions, log_truncations to auditorium_app;
grant select, truncate on logs to auditorium_operator;
grant select on log_positions, trail_head, log_deletions, log_truncations to auditorium_operator, auditorium_reader;
grant select on logs to auditorium_reader;
