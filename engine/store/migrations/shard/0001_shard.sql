-- The rows of the tenants of one shard. Every table begins its key with the tenant, so that what
-- belongs to one is found, moved and removed together.

-- What this shard owns. A write names the epoch that it knows; one that has passed is refused.
create table owned_bucket (
    bucket integer primary key check (bucket between 0 and 4095),
    epoch bigint not null
);

create table owned_tenant (
    tenant_id text primary key,
    epoch bigint not null
);

-- Every verdict that was ever given, under its idempotency key; one of a document is current.
create table verification (
    tenant_id text not null,
    document_id text not null,
    result_key bytea not null check (length(result_key) = 32),
    is_current boolean not null,
    bucket integer not null,
    vendor_id text not null,
    document_type text not null,
    sha256 bytea check (length(sha256) = 32),
    decision text not null check (decision in ('accept', 'review', 'reject')),
    confidence real not null check (confidence between 0 and 1),
    reasons text[] not null,
    request jsonb not null,
    verdict jsonb not null,
    verified_at timestamptz not null,
    stored_at timestamptz not null default now(),
    primary key (tenant_id, document_id, result_key)
);

create unique index verification_current on verification (tenant_id, document_id)
    where is_current;

-- What a person is to look at: one case for a document and its bytes.
create table review_case (
    case_id text primary key,
    tenant_id text not null,
    document_id text not null,
    sha256 bytea,
    -- The verdict that it is about: the newest until a person takes the case.
    result_key bytea not null,
    state text not null default 'open'
        check (state in ('open', 'claimed', 'escalated', 'decided', 'superseded')),
    confidence real not null,
    reasons text[] not null,
    -- Counts the changes, for those who change what they have read.
    version integer not null default 1,
    opened_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    unique nulls not distinct (tenant_id, document_id, sha256),
    foreign key (tenant_id, document_id, result_key) references verification
);

create table review_decision (
    decision_id text primary key,
    case_id text not null references review_case,
    tenant_id text not null,
    reviewer_id text not null,
    decision text not null,
    reasons text[] not null,
    detail jsonb not null,
    decided_at timestamptz not null default now()
);

create index review_decision_case on review_decision (case_id);

-- Who did what: one chain a tenant, see engine/core/src/audit.rs. The texts are kept as they were
-- hashed.
create table audit_log (
    tenant_id text not null,
    number bigint not null check (number > 0),
    actor text not null,
    action text not null,
    resource text not null,
    detail text not null,
    at_us bigint not null,
    hash bytea not null check (length(hash) = 32),
    primary key (tenant_id, number)
);

create function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only';
end
$$;

create trigger audit_log_is_append_only before update or delete or truncate on audit_log
    execute function audit_log_is_append_only();

-- Events that have not reached the broker yet, in the order in which they were written.
create table outbox (
    number bigint generated always as identity primary key,
    tenant_id text not null,
    document_id text not null,
    event json not null,
    created_at timestamptz not null default now()
);
