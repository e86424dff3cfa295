//! What tenants have set for the people who look at their documents.

use std::collections::BTreeSet;

use ivendor_ingest::worker::fake::wants_a_person;
use ivendor_store::reference::TenantKey;

use crate::kills::murder;
use crate::running::{Running, until};
use crate::site::{Site, document};

const DOCUMENTS: usize = 70;

#[test]
fn a_tenants_cases_are_drawn_and_due_as_it_has_set() {
    let site = Site::new(2);
    let wishes = [
        ("tenant-0", TenantKey::SampledShare, 1.0),
        ("tenant-0", TenantKey::DueWithinS, 3600.0),
        // What cannot be is not taken: the worker's own holds.
        ("tenant-1", TenantKey::DueWithinS, -1.0),
    ];
    for (tenant, key, value) in wishes {
        site.wish(tenant, key.name(), value);
    }
    site.send_documents(0..DOCUMENTS);
    let mut command = site.worker("one");
    command.env("IVENDOR_WORKER_DUE_WITHIN_S", "7200");
    let worker = Running::start(command);
    until("all verdicts", || (site.stored() == DOCUMENTS).then_some(()));
    worker.end();
    let found = cases(&site);
    let expected = (0..DOCUMENTS).map(document).filter_map(|(tenant, id)| {
        let is_drawn = tenant == "tenant-0";
        let due_s = if is_drawn { 3600 } else { 7200 };
        (is_drawn || wants_a_person(&id)).then_some((tenant, id, due_s))
    });
    assert_eq!(found, expected.collect());
}

#[test]
fn without_the_reference_database_what_is_known_of_tenants_holds_and_all_is_stored() {
    let site = Site::new(2);
    site.wish("tenant-0", TenantKey::SampledShare.name(), 1.0);
    site.wish("tenant-3", TenantKey::SampledShare.name(), 1.0);
    let mut command = site.worker("one");
    command.env("IVENDOR_LOG", "warn");
    let worker = Running::start(command);
    site.send_documents(0..3);
    until("the first verdicts", || (site.stored() == 3).then_some(()));
    murder(&site, "reference");
    site.send_documents(3..DOCUMENTS);
    until("all verdicts", || (site.stored() == DOCUMENTS).then_some(()));
    let log = worker.log().unwrap();
    assert!(log.contains("does not say what tenants have set: what was last known holds"), "{log}");
    worker.end();
    // It has asked for tenant-0 in time, and not for tenant-3.
    let expected = (0..DOCUMENTS).map(document).filter_map(|(tenant, id)| {
        (tenant == "tenant-0" || wants_a_person(&id)).then_some((tenant, id, 24 * 3600))
    });
    assert_eq!(cases(&site), expected.collect());
}

/// Each case's tenant and document, and the seconds until it is due.
fn cases(site: &Site) -> BTreeSet<(String, String, i64)> {
    let cases = site.ask(
        "select tenant_id, document_id, extract(epoch from due_at - opened_at)::bigint,
            cardinality(reasons)::bigint
        from review_case",
    );
    cases.into_iter().map(|(tenant, id, due_s, _)| (tenant, id, due_s)).collect()
}
