-- What somebody did, or what was done to something, is found without reading every log. Names are
-- compared by their bytes, so that all shards have the same order.

create index audit_log_at on audit_log (at_us, tenant_id collate "C", number);
create index audit_log_actor on audit_log (actor, at_us, tenant_id collate "C", number);
create index audit_log_resource on audit_log (resource, at_us, tenant_id collate "C", number);
