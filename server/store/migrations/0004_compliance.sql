-- What compliance checks found, run by run, and what people vouch for where no program can
-- look. Neither is ever changed or removed by the application.

create table check_runs (
    id uuid primary key,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    -- A person's name, or `schedule`.
    by text not null
);
create index check_runs_finished on check_runs (finished_at desc);

-- What was measured. Attestations are laid over it when it is read, so that they end by themselves.
create table check_results (
    run_id uuid not null references check_runs,
    check_id text not null,
    outcome text not null check (outcome in ('holds', 'fails', 'cannot_be_checked')),
    evidence text not null,
    advice text,
    checked_at timestamptz not null,
    primary key (check_id, run_id)
);
create index check_results_run on check_results (run_id);

create table attestations (
    id uuid primary key,
    check_id text not null,
    note text not null check (length(btrim(note)) >= 10),
    by_id text not null,
    by_name text not null,
    attested_at timestamptz not null,
    expires_at timestamptz not null,
    constraint attestations_end check (expires_at > attested_at and expires_at <= attested_at + interval '366 days')
);
create index attestations_check on attestations (check_id, attested_at desc);

grant select, insert on check_runs, check_results, attestations to auditorium_app;
grant select on check_runs, check_results, attestations to auditorium_reader;
