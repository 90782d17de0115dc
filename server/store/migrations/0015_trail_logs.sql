-- The rolling comparison of finished tasks' logs with the digest that `task.finished` holds.

-- By the position of that event. `kind` is null while the object is what was recorded.
create table trail_log_checks (
    seq bigint primary key,
    task uuid not null,
    checked_at timestamptz not null,
    intact_at timestamptz,
    kind text,
    found_at timestamptz,
    check ((kind is null) = (found_at is null))
);
create index trail_log_checks_damaged on trail_log_checks (seq) where kind is not null;

-- Up to which position events were looked at in the present round, and when that began.
create table trail_log_cursor (
    single boolean primary key default true check (single),
    seq bigint not null,
    round_at timestamptz not null
);
insert into trail_log_cursor (seq, round_at) values (0, '-infinity');

grant select, insert, update, delete on trail_log_checks to auditorium_app;
grant select, update on trail_log_cursor to auditorium_app;
grant select on trail_log_checks, trail_log_cursor to auditorium_operator, auditorium_reader;
