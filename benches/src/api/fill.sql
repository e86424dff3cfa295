-- Cases number $1 to $2 of a shard, with their verdicts and what people said of those that are
-- decided. $3: the shard's tenants, $4: their buckets, $5: a request, $6: a verdict.
-- Of a hundred cases 50 are open, 48 decided, one is escalated, and one is in somebody's hand; of
-- these every tenth lease has ended.
with drawn as materialized (
    select 'd-' || n as document_id,
        ($3::text[])[1 + (n + n / 100) % cardinality($3::text[])] as tenant_id,
        ($4::integer[])[1 + (n + n / 100) % cardinality($4::integer[])] as bucket,
        sha256(('bytes ' || n)::bytea) as sha256, sha256(('key ' || n)::bytea) as result_key,
        'vendor-' || n % 7919 as vendor_id, n,
        (array['receipt', 'invoice', 'tax_form', 'id_document', 'business_license',
            'insurance_certificate', 'bank_statement', 'other'])[1 + n % 8] as document_type,
        0.02 + 0.96 * ((n * 7919) % 10007) / 10007.0 as confidence,
        case when n % 1000 = 0 then array['mrz.check_digit']
            when n % 10 = 0 then array['claim.date.mismatch', 'image.blurred']
            else array['claim.total.mismatch'] end as reasons,
        now() - (n * 104729 % 2592000) * interval '1 second' as opened_at,
        case when n % 100 < 50 then 'open' when n % 100 < 98 then 'decided'
            when n % 100 = 98 then 'escalated' else 'claimed' end as state
    from generate_series($1::bigint, $2::bigint) as n
), named as materialized (
    select *, left(encode(sha256(convert_to('ivendor.case/1' || chr(10) || tenant_id || chr(10)
        || document_id || chr(10) || encode(sha256, 'hex') || chr(10), 'UTF8')), 'hex'), 32)
        as case_id
    from drawn
), verified as (
    insert into verification (tenant_id, document_id, result_key, is_current, bucket, vendor_id,
        document_type, sha256, decision, confidence, reasons, request, verdict, verified_at)
    select tenant_id, document_id, result_key, true, bucket, vendor_id, document_type, sha256,
        'review', confidence, reasons,
        $5::jsonb || jsonb_build_object('tenant_id', tenant_id, 'document_id', document_id,
            'vendor_id', vendor_id, 'document_type', document_type),
        $6::jsonb || jsonb_build_object('tenant_id', tenant_id, 'document_id', document_id,
            'vendor_id', vendor_id, 'document_type', document_type, 'reasons', reasons,
            'confidence', confidence, 'sha256', encode(sha256, 'hex')),
        opened_at
    from named
), opened as (
    insert into review_case (case_id, tenant_id, document_id, vendor_id, document_type, sha256,
        result_key, state, is_escalated, confidence, reasons, opened_at, due_at, fence, holder,
        lease_until, outcome, decided_at)
    select case_id, tenant_id, document_id, vendor_id, document_type, sha256, result_key, state,
        state = 'escalated', confidence, reasons, opened_at, opened_at + interval '24 hours',
        case when state = 'claimed' then 1 else 0 end,
        case when state = 'claimed' then 'somebody-' || n % 100 end,
        case when n % 1000 = 999 then now() - interval '1 hour'
            when state = 'claimed' then now() + interval '1 day' end,
        case when state = 'decided' then '{"decision": "approve"}'::jsonb end,
        case when state = 'decided' then opened_at + interval '10 hours' end
    from named
)
insert into review_decision (decision_id, case_id, tenant_id, reviewer_id, decision, reasons,
    detail, decided_at)
select encode(sha256(('decision ' || n)::bytea), 'hex'), case_id, tenant_id,
    'somebody-' || n % 100, 'approve', '{}', '{"decision": "approve"}',
    opened_at + interval '10 hours'
from named where state = 'decided'
