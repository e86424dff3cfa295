-- Cases found at once among many, in every order and state, of all tenants or of one; and the end
-- of a chain of the audit log in one step. Programs that know only an earlier schema go on working.

drop index review_case_due;
drop index review_case_doubt;
drop index review_case_tenant_due;
drop index review_case_opened;

create index review_case_due on review_case (state, due_at, case_id);
create index review_case_doubt on review_case (state, doubt desc, case_id);
create index review_case_opened on review_case (state, opened_at, case_id);
create index review_case_tenant_due on review_case (tenant_id, state, due_at, case_id);
create index review_case_tenant_doubt on review_case (tenant_id, state, doubt desc, case_id);
create index review_case_tenant_opened on review_case (tenant_id, state, opened_at, case_id);
-- Those in somebody's hand: whose, and which leases have ended.
create index review_case_lease on review_case (lease_until) where state = 'claimed';
create index review_case_holder on review_case (holder) where state = 'claimed';
create index review_case_reason on review_case using gin (reasons)
    where state in ('open', 'claimed', 'escalated');

-- Moments enter the database as they leave it: as microseconds since 1970.
create function from_epoch_us(us bigint) returns timestamptz language sql stable parallel safe
    return timestamptz 'epoch' + us * interval '1 microsecond';

-- The same with what is kept of the last lease, whether it has ended or not.
create or replace view review_case_now as
select case_id, tenant_id, document_id, vendor_id, document_type, sha256, result_key,
    case
        when state = 'claimed' and lease_until <= now() and is_escalated then 'escalated'
        when state = 'claimed' and lease_until <= now() then 'open'
        else state
    end as state,
    state as stored_state, is_escalated, confidence, doubt, reasons, version, fence,
    case when state = 'claimed' and lease_until > now() then holder end as holder,
    case when state = 'claimed' and lease_until > now() then lease_until end as lease_until,
    opinions_needed, outcome, opened_at, changed_at, due_at, decided_at,
    holder as last_holder, lease_until as last_lease_until
from review_case;

-- Whether a later verdict may still change the case: nobody has it, and it is for nobody senior.
create function review_case_is_open(kept review_case) returns boolean language sql stable
    return kept.state = 'open'
        or kept.state = 'claimed' and kept.lease_until <= now() and not kept.is_escalated;

-- The last record of a tenant's audit log, as soon as nobody else appends to it; nobody else does
-- before the transaction ends. Only a volatile function sees what was appended while it waited.
create function audit_end(family integer, tenant text)
    returns table (last_number bigint, last_hash bytea) language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock(family, hashtext(tenant));
    return query select a.number, a.hash from audit_log a
        where a.tenant_id = tenant order by a.number desc limit 1;
end
$$;
