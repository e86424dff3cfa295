-- What is true for the whole deployment: who the tenants are, where their rows live, by which
-- policy they are judged, and who may look. Nothing here grows with the documents.

create table shard (
    shard_id integer primary key check (shard_id between 0 and 65535),
    name text not null unique,
    -- host:port/database; the user and the password come from elsewhere.
    address text not null unique,
    weight double precision not null check (weight > 0 and weight < 'infinity'),
    -- closed: keeps what it has and gets no more buckets.
    state text not null default 'open' check (state in ('open', 'closed')),
    created_at timestamptz not null default now()
);

create table bucket (
    bucket integer primary key check (bucket between 0 and 4095),
    shard_id integer not null references shard,
    epoch bigint not null check (epoch between 1 and 4294967295),
    changed_at timestamptz not null default now()
);

create table tenant (
    tenant_id text primary key,
    name text not null,
    created_at timestamptz not null default now()
);

create table tenant_setting (
    tenant_id text not null references tenant,
    key text not null,
    value jsonb not null,
    changed_at timestamptz not null default now(),
    primary key (tenant_id, key)
);

-- A tenant that has a shard of its own, whatever its bucket says.
create table pinned_tenant (
    tenant_id text primary key,
    shard_id integer not null references shard,
    epoch bigint not null check (epoch between 1 and 4294967295),
    changed_at timestamptz not null default now()
);

create table policy (
    digest bytea primary key check (length(digest) = 32),
    name text not null,
    -- The policy's file, whose digest it is.
    body text not null,
    created_at timestamptz not null default now()
);

-- The policy for a tenant and a type of document, where null stands for all others.
create table policy_in_force (
    tenant_id text,
    document_type text,
    digest bytea not null references policy,
    since timestamptz not null default now(),
    unique nulls not distinct (tenant_id, document_type)
);

create table reviewer (
    reviewer_id text primary key,
    name text not null,
    created_at timestamptz not null default now()
);

create table token (
    -- SHA-256 of the token; the token itself is known to its bearer alone.
    hash bytea primary key check (length(hash) = 32),
    reviewer_id text not null references reviewer,
    scopes text[] not null check (scopes <@ array ['review', 'admin', 'read']),
    -- The tenants whose cases it opens; null for all.
    tenants text[],
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
