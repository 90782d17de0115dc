-- The verifiable trail: what each row is committed by, the leaves, the tiles above them, the
-- signed checkpoints. docs/trail-format.md says what the bytes mean.

-- What opens a row's commitments. Goes with the row when its content is deleted.
alter table logs add column salt bytea check (octet_length(salt) = 16),
    add column field_key bytea check (octet_length(field_key) = 32);
comment on column logs.salt is 'Opens the commitment to the public part.';
comment on column logs.field_key is 'Opens the commitments to the fields.';

-- Positions below `sealed` have a leaf; `frontier` is the right edge of the tree of that many
-- leaves. Rows that the database itself writes (logs.truncated), and rows from before the
-- trail, wait between `sealed` and `size` for the next transaction.
alter table trail_head add column sealed bigint not null default 0,
    add column frontier bytea not null default '\x0000000000000000';

-- Under which name and keys the trail is signed, oldest first.
create table trail_origins (
    id int generated always as identity primary key,
    origin text not null,
    log_key text not null,
    cosigner_key text not null,
    recovery_key text not null,
    since timestamptz not null
);

-- Leaves of 90 bytes, those of one commit together, never across a multiple of 256.
create table trail_leaves (
    first_seq bigint primary key,
    leaves bytea not null check (octet_length(leaves) % 90 = 0)
);
-- One leaf is read out of the middle, and hashes do not compress.
alter table trail_leaves alter column leaves set storage external;

-- Roots of 256^level leaves, complete ones only: 256 in a row are a tile. Derived.
create table trail_nodes (
    level smallint not null check (level > 0),
    number bigint not null,
    hash bytea not null check (octet_length(hash) = 32),
    primary key (level, number)
);

-- Published checkpoints, in the order of the chain in the object store, which is the authority.
create table checkpoints (
    number bigint primary key,
    size bigint not null,
    root bytea not null check (octet_length(root) = 32),
    note text not null,
    signed_at timestamptz not null
);
create index checkpoints_size on checkpoints (size);

-- Why nothing is sealed at present; empty while all is well.
create table trail_refusals (
    id bigint generated always as identity primary key,
    reason text not null,
    since timestamptz not null,
    ended timestamptz
);
create unique index trail_refusals_open on trail_refusals ((true)) where ended is null;

-- When each stretch of 4,096 positions was last compared with its leaves, and what was found.
create table trail_checks (
    stretch bigint primary key,
    checked_at timestamptz not null,
    intact_at timestamptz
);
create table trail_damage (
    seq bigint primary key,
    kind text not null,
    intact_at timestamptz,
    found_at timestamptz not null
);

-- Gives rows that have no leaf yet what opens their commitments, and nothing else.
create function trail_salt(seqs bigint[], salts bytea[], keys bytea[]) returns bigint
language sql security definer set search_path = pg_catalog, public as $$
    with given as (
        select s.seq, s.salt, s.key from unnest(seqs, salts, keys) as s (seq, salt, key)
    ), salted as (
        update logs l set salt = g.salt, field_key = g.key from given g
        where l.seq = g.seq and l.salt is null and l.seq >= (select sealed from trail_head)
            and l.seq between (select min(seq) from given) and (select max(seq) from given)
        returning 1
    ) select count(*) from salted
$$;

revoke all on function trail_salt(bigint[], bytea[], bytea[]) from public;
grant execute on function trail_salt(bigint[], bytea[], bytea[]) to auditorium_app;
grant select, insert on trail_origins, trail_leaves, trail_nodes, checkpoints, trail_refusals to auditorium_app;
grant update (note, signed_at) on checkpoints to auditorium_app;
grant select, insert, update, delete on trail_checks, trail_damage to auditorium_app;
grant update (ended) on trail_refusals to auditorium_app;
grant select on trail_origins, trail_leaves, trail_nodes, checkpoints, trail_refusals, trail_checks, trail_damage to auditorium_operator, auditorium_reader;
