-- Saved views of the Logs page: a query and columns under a name, for oneself or for everybody.

create table views (
    id uuid primary key,
    name text not null,
    query text not null,
    -- In order; empty for the page's own choice.
    columns text[] not null,
    -- Null once its maker is gone: a shared view outlives them.
    owner uuid references users on delete set null,
    shared boolean not null,
    created_at timestamptz not null,
    changed_at timestamptz not null
);
create unique index views_name on views (owner, lower(name));
create index views_shared on views (lower(name)) where shared;

-- A personal view goes with its person.
create function forget_personal_views() returns trigger language plpgsql as $$
begin
    delete from views where owner = old.id and not shared;
    return old;
end $$;
create trigger forget_personal_views before delete on users
    for each row execute function forget_personal_views();

grant select, insert, update, delete on views to auditorium_app;
grant select on views to auditorium_reader;
