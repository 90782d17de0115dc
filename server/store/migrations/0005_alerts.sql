-- The inbox of alerts, and the webhook that carries them out of this installation.

create table alerts (
    id uuid primary key,
    kind text not null,
    event_id uuid not null,
    at timestamptz not null,
    text text not null,
    raised_at timestamptz not null,
    read_at timestamptz,
    read_by text,
    unique (event_id, kind)
);
create index alerts_unread on alerts (id) where read_at is null;

-- Up to which position the trail was looked at. Moves in the transaction that raises what was
-- found, so that a crash or a second process neither loses nor doubles an alert.
create table alert_cursor (
    single boolean primary key default true check (single),
    seq bigint not null,
    moved_at timestamptz not null
);
insert into alert_cursor (seq, moved_at) select size, now() from trail_head;

create table webhooks (
    single boolean primary key default true check (single),
    url text not null,
    -- Needed in the clear to sign with; only the application's role can read it.
    secret text not null,
    enabled boolean not null,
    changed_at timestamptz not null
);

-- One row for each alert that is to be sent; kept after it was.
create table alert_deliveries (
    alert_id uuid primary key references alerts,
    attempts int not null default 0,
    -- Null: delivered, or given up.
    next_at timestamptz,
    delivered_at timestamptz,
    last_error text
);
create index alert_deliveries_due on alert_deliveries (next_at) where next_at is not null;

grant select, insert, update on alerts, alert_deliveries, webhooks to auditorium_app;
grant select, update on alert_cursor to auditorium_app;
grant select on alerts, alert_deliveries, alert_cursor to auditorium_reader;
