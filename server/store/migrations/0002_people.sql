-- People and what they prove themselves with. Secrets are kept as hashes only: argon2id for
-- passwords, SHA-256 for secrets of 256 random bits (cookies, tokens, links).

create table users (
    id uuid primary key,
    email text not null check (length(email) between 3 and 254 and email = lower(email)),
    name text not null check (length(btrim(name)) between 1 and 120),
    role text not null check (role in ('security_auditor', 'viewer', 'developer', 'operator', 'admin', 'owner')),
    -- Null until the person has chosen one: invited, or the first owner.
    password_hash text,
    state text not null default 'active' check (state in ('active', 'disabled')),
    failed_sign_ins int not null default 0,
    created_at timestamptz not null,
    last_seen_at timestamptz
);
create unique index users_email on users (email);

create table sessions (
    -- Public: it stands in events and lists. The cookie holds the secret.
    id uuid primary key,
    secret_hash bytea not null check (length(secret_hash) = 32),
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_seen_at timestamptz not null,
    ip inet,
    user_agent text,
    ended_at timestamptz,
    constraint sessions_last_eight_hours check (expires_at <= created_at + interval '8 hours')
);
create unique index sessions_secret on sessions (secret_hash);
create index sessions_user on sessions (user_id, created_at desc);

create table tokens (
    id uuid primary key,
    name text not null check (length(btrim(name)) between 1 and 120),
    -- `local` is the credential that the server leaves for the command line beside it.
    kind text not null check (kind in ('personal', 'service', 'local')),
    -- Null for services and agents, which act for nobody.
    user_id uuid references users on delete cascade,
    secret_hash bytea not null check (length(secret_hash) = 32),
    -- The first characters of the secret, to recognise it by.
    hint text not null,
    scopes text[] not null,
    created_at timestamptz not null,
    created_by text not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    last_used_ip inet,
    last_refused_at timestamptz,
    revoked_at timestamptz,
    check ((kind = 'service') = (user_id is null))
);
create unique index tokens_secret on tokens (secret_hash);
create index tokens_user on tokens (user_id, created_at desc);

-- Addresses that open once: the first sign-in, invitations, forgotten passwords.
create table links (
    id uuid primary key,
    kind text not null check (kind in ('sign_in', 'invitation', 'reset')),
    user_id uuid not null references users on delete cascade,
    secret_hash bytea not null check (length(secret_hash) = 32),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    spent_at timestamptz
);
create unique index links_secret on links (secret_hash);
create index links_user on links (user_id);

-- Failed attempts by account and address together, so that a stranger who guesses slows down
-- only himself. Accounts that do not exist are counted alike; the account is a hash.
create table sign_in_attempts (
    account bytea not null check (length(account) = 32),
    ip inet not null,
    failures int not null,
    last_at timestamptz not null,
    blocked_until timestamptz,
    primary key (account, ip)
);
create index sign_in_attempts_age on sign_in_attempts (last_at);

grant select, insert, update, delete on users, sign_in_attempts to auditorium_app;
grant select, insert, update on sessions, tokens, links to auditorium_app;

grant select (id, email, name, role, state, failed_sign_ins, created_at, last_seen_at) on users to auditorium_reader;
grant select (id, user_id, created_at, expires_at, last_seen_at, ip, user_agent, ended_at) on sessions to auditorium_reader;
grant select (id, name, kind, user_id, hint, scopes, created_at, created_by, expires_at, last_used_at, last_used_ip, revoked_at)
    on tokens to auditorium_reader;
grant select (id, kind, user_id, created_at, expires_at, spent_at) on links to auditorium_reader;
