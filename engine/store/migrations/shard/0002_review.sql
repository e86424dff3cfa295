-- People at work on the cases: who holds one and until when, what was said of it, and by when it
-- should be decided. Programs that know only the first schema go on writing as they did.

alter table review_case
    add column document_type text,
    add column vendor_id text,
    -- Until then somebody should have decided.
    add column due_at timestamptz not null default now() + interval '24 hours',
    -- How far the verdict is from sure, 0 to 0.5.
    add column doubt real generated always as (0.5 - abs(confidence - 0.5)) stored,
    add column is_escalated boolean not null default false,
    -- The fencing token of the last lease.
    add column fence bigint not null default 0,
    add column holder text,
    add column lease_until timestamptz,
    add column opinions_needed smallint not null default 1 check (opinions_needed in (1, 2)),
    -- What was decided, as JSON.
    add column outcome jsonb,
    add column decided_at timestamptz;

update review_case c set document_type = v.document_type, vendor_id = v.vendor_id,
    due_at = c.opened_at + interval '24 hours'
from verification v
where (v.tenant_id, v.document_id, v.result_key) = (c.tenant_id, c.document_id, c.result_key);

-- What a case repeats of its verdict, so that it is found without it.
create function review_case_repeats() returns trigger language plpgsql as $$
begin
    select v.document_type, v.vendor_id into new.document_type, new.vendor_id
    from verification v
    where v.tenant_id = new.tenant_id and v.document_id = new.document_id
        and v.result_key = new.result_key;
    return new;
end
$$;

create trigger review_case_repeats before insert or update of result_key on review_case
    for each row execute function review_case_repeats();

-- Cases that wait or are held, in the orders in which they are taken.
create index review_case_due on review_case (due_at, case_id)
    where state in ('open', 'claimed', 'escalated');
create index review_case_doubt on review_case (doubt desc, case_id)
    where state in ('open', 'claimed', 'escalated');
create index review_case_tenant_due on review_case (tenant_id, due_at, case_id)
    where state in ('open', 'claimed', 'escalated');
create index review_case_opened on review_case (opened_at, case_id);
create index review_case_decided on review_case (decided_at) where state = 'decided';

alter table review_decision
    -- The answers of a case in their order.
    add column number bigint generated always as identity,
    add column note text not null default '',
    add column when_escalated boolean not null default false,
    -- Taken back within the grace period.
    add column undone_at timestamptz;

create index review_decision_standing on review_decision (case_id, number)
    where undone_at is null;
drop index review_decision_case;

create table review_comment (
    number bigint generated always as identity primary key,
    case_id text not null references review_case,
    tenant_id text not null,
    author text not null,
    body text not null,
    written_at timestamptz not null default now()
);

create index review_comment_case on review_comment (case_id, number);

-- The first answer to a request that names a key, for those who send it again.
create table idempotent_answer (
    actor text not null,
    key text not null,
    -- Of what was asked: the same key for something else is refused.
    request_sha256 bytea not null check (length(request_sha256) = 32),
    answer json not null,
    answered_at timestamptz not null default now(),
    primary key (actor, key)
);

create index idempotent_answer_age on idempotent_answer (answered_at);

-- Microseconds since 1970, which is how times leave the database.
create function epoch_us(moment timestamptz) returns bigint language sql stable parallel safe
    return (extract(epoch from moment) * 1000000)::bigint;

-- The cases as they are at this moment: a lease that has ended does not count.
create view review_case_now as
select case_id, tenant_id, document_id, vendor_id, document_type, sha256, result_key,
    case
        when state = 'claimed' and lease_until <= now() and is_escalated then 'escalated'
        when state = 'claimed' and lease_until <= now() then 'open'
        else state
    end as state,
    state as stored_state, is_escalated, confidence, doubt, reasons, version, fence,
    case when state = 'claimed' and lease_until > now() then holder end as holder,
    case when state = 'claimed' and lease_until > now() then lease_until end as lease_until,
    opinions_needed, outcome, opened_at, changed_at, due_at, decided_at
from review_case;
