-- What witnesses know of this trail, and restores that an owner declared.

-- One row for each witness that is asked, under the origin that it was asked about.
create table trail_witnesses (
    origin text not null,
    key text not null,
    name text not null,
    -- What the witness cosigned last, as far as it told; the root where it signed for us.
    size bigint not null default 0,
    root bytea check (octet_length(root) = 32),
    cosigned_at timestamptz,
    tried_at timestamptz not null,
    error text,
    -- It refused a proof from what it knows: it knows another history.
    contradicts boolean not null default false,
    primary key (origin, key)
);

-- Restores that were declared: the positions from first to before after lost their content and
-- kept their leaves. None are lost where a new origin began in place of that.
create table trail_recoveries (
    event_id uuid primary key,
    at timestamptz not null,
    first bigint not null,
    after bigint not null check (after >= first),
    -- Events that had been recorded since the restore, which moved behind what was lost.
    moved bigint not null,
    actor text not null,
    -- Null: nobody else approved it.
    approver text,
    reason text not null check (length(btrim(reason)) >= 3),
    -- The signed note up to which the leaves were brought back, or with which the old origin ended.
    checkpoint text not null,
    -- The origin that began, where the leaves could not be brought back.
    origin text
);

-- Makes room for the leaves that a restored database lacks: what was recorded since the restore
-- moves from `place` on by `lost` positions, its leaves are taken out to be appended again. Only
-- while sealing is refused, and only what no checkpoint of this database covers.
create function trail_make_room(place bigint, lost bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    head trail_head;
    part bigint;
    event record;
    moved bigint := 0;
begin
    -- Deletions and the block index wait at the second, recording at the third.
    lock table logs in row exclusive mode;
    perform pg_advisory_xact_lock(7170001);
    select * into head from trail_head for update;
    if not exists (select from trail_refusals where ended is null) then
        raise exception 'sealing is not refused' using errcode = 'object_not_in_prerequisite_state';
    end if;
    if lost < 0 or place < 0 or place > head.size or head.sealed <> head.size
        or place < (select coalesce(max(size), 0) from checkpoints) then
        raise exception 'a checkpoint covers position %', place using errcode = 'check_violation';
    end if;
    for part in select generate_series(place >> 20, (head.size + lost) >> 20) loop
        perform logs_add_partition(part << 20);
    end loop;
    if lost > 0 then
        for event in select seq from logs where seq >= place order by seq desc loop
            update logs set seq = event.seq + lost where seq = event.seq;
            moved := moved + 1;
        end loop;
        update log_positions set seq = seq + lost where seq >= place;
        update log_truncations set seq = seq + lost where seq >= place;
        update log_deleted_positions d set
            first_seq = case when first_seq >= place then first_seq + lost else first_seq end,
            last_seq = last_seq + lost,
            positions = (
                select range_agg(r) from (
                    select unnest(d.positions * int8multirange(int8range(null, place))) as r
                    union all
                    select int8range(lower(above) + lost, upper(above) + lost)
                    from unnest(d.positions * int8multirange(int8range(place, null))) as above
                ) as shifted
            )
        where last_seq >= place;
        update alert_cursor set seq = seq + lost where seq >= place;
    end if;
    update trail_leaves set leaves = substring(leaves for ((place - first_seq) * 90)::int)
        where first_seq < place and first_seq + octet_length(leaves) / 90 > place;
    delete from trail_leaves where first_seq >= place;
    delete from trail_nodes where (number + 1) * (256::numeric ^ level) > place;
    delete from trail_checks where (stretch + 1) * 4096 > place;
    delete from trail_damage where seq >= place;
    delete from log_blocks where (block + 1) * 256 > place;
    update trail_head set size = place, sealed = place;
    return moved;
end
$$;

revoke all on function trail_make_room(bigint, bigint) from public;
grant execute on function trail_make_room(bigint, bigint) to auditorium_app;
grant select, insert, update, delete on trail_witnesses to auditorium_app;
grant select, insert on trail_recoveries to auditorium_app;
grant select on trail_witnesses, trail_recoveries to auditorium_operator, auditorium_reader;
