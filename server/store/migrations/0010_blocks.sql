-- Rows of the block index from whoever recorded the events and knows their terms already: reading
-- the events back costs more than recording them did.

-- Indexes whole blocks from `first_block` on, each array in their order; `ends` says where each
-- block's part of `hashes` ends. Returns how many it indexed: none where another process is at
-- it, where these are not the next ones, or where an event of theirs is gone, since what was
-- counted before a deletion is no longer true. Nor where letters are not made small as in C.UTF-8,
-- which is how the hashes were made. log_blocks_advance indexes them then.
create function log_blocks_put(first_block bigint, failed smallint[], denied smallint[], restricted smallint[],
    restricted_failed smallint[], restricted_denied smallint[], earliest timestamptz[], latest timestamptz[],
    ends int[], hashes int4[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    blocks bigint := cardinality(ends);
begin
    if not pg_try_advisory_xact_lock(7170001)
        or lower('AIÄİΣ') <> 'aiäiσ'
        or first_block <> (select coalesce(max(block) + 1, 0) from log_blocks)
        or blocks << 8 <> (select count(*) from logs where seq >= first_block << 8 and seq < (first_block + blocks) << 8)
    then
        return 0;
    end if;
    insert into log_blocks (block, events, failed, denied, restricted, restricted_failed, restricted_denied,
                            min_occurred_at, max_occurred_at, terms)
    select first_block + n - 1, 256, failed[n], denied[n], restricted[n], restricted_failed[n], restricted_denied[n],
           earliest[n], latest[n], hashes[coalesce(ends[n - 1], 0) + 1:ends[n]]
    from generate_series(1, blocks) n;
    return blocks;
end
$$;

revoke all on function log_blocks_put(bigint, smallint[], smallint[], smallint[], smallint[], smallint[],
    timestamptz[], timestamptz[], int[], int4[]) from public;
grant execute on function log_blocks_put(bigint, smallint[], smallint[], smallint[], smallint[], smallint[],
    timestamptz[], timestamptz[], int[], int4[]) to auditorium_app;
