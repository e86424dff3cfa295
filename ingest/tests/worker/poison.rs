//! Messages and documents that are wrong in every way: each gets its dead letter or its verdict,
//! the others are untouched, nothing stalls.

use std::collections::{BTreeMap, BTreeSet};

use crate::running::{Running, until};
use crate::site::{Site, document};

const DOCUMENTS: usize = 1000;

/// A message that is no request, of one of many kinds, and the code of its dead letter.
fn garbage(site: &Site, number: usize) -> (Vec<u8>, &'static str) {
    let mut request = site.request("tenant-0", &format!("garbage{number}"));
    match number % 5 {
        0 => (Vec::new(), "request.json"),
        1 => (vec![0xff; 100], "request.json"),
        2 => {
            request["schema"] = "ivendor.verification.request/9".into();
            (request.to_string().into_bytes(), "request.schema")
        }
        3 => {
            request["document_type"] = "No Type".into();
            (request.to_string().into_bytes(), "request.field")
        }
        _ => (vec![b' '; 300 << 10], "request.too_large"),
    }
}

#[test]
fn poison_gets_its_dead_letter_or_its_verdict_and_the_others_are_untouched() {
    let site = Site::new(2);
    let mut messages = Vec::new();
    let mut documents = BTreeSet::new();
    let mut codes = BTreeMap::new();
    let mut bytes = BTreeSet::new();
    for number in 0..DOCUMENTS {
        if number.is_multiple_of(20) {
            let (payload, code) = garbage(&site, number / 20);
            *codes.entry(code.to_owned()).or_insert(0) += 1;
            bytes.insert(payload.clone());
            messages.push(("garbage".to_owned(), payload));
        }
        let (tenant, id) = match number % 50 {
            7 => ("tenant-1".to_owned(), format!("gone-{number}")),
            8 => ("tenant-2".to_owned(), format!("crash-{number}")),
            _ => document(number),
        };
        let mut request = site.request(&tenant, &id);
        if id.starts_with("gone-") {
            request["uri"] = format!("{}-nowhere", request["uri"].as_str().unwrap()).into();
        }
        messages.push((format!("{tenant}/{id}"), request.to_string().into_bytes()));
        documents.insert((tenant, id));
    }
    let worker = Running::start(site.worker("one"));
    site.send(&messages);
    site.wait_committed();
    worker.end();
    site.check(&documents);
    let mut found = BTreeMap::new();
    for (headers, payload) in site.dead() {
        *found.entry(headers["ivendor-error-code"].clone()).or_insert(0) += 1;
        assert!(bytes.contains(&payload), "a dead letter has the bytes that were read");
        assert_eq!(headers["ivendor-source-topic"], "verification.queue");
        assert_eq!(headers["ivendor-attempts"], "1");
    }
    assert_eq!(found, codes);
}

#[test]
fn a_document_that_ends_the_process_is_found_and_the_others_go_through() {
    let site = Site::new(2);
    let mut messages = Vec::new();
    let mut documents = BTreeSet::new();
    for number in 0..200 {
        let (tenant, id) = match number {
            60 => ("tenant-3".to_owned(), "abort-60".to_owned()),
            _ => document(number),
        };
        let request = site.request(&tenant, &id).to_string().into_bytes();
        messages.push((format!("{tenant}/{id}"), request));
        documents.insert((tenant, id));
    }
    site.send(&messages);
    let mut worker = Running::start(site.worker("one"));
    let mut deaths = 0;
    until("all offsets to be committed", || {
        if worker.has_ended() {
            deaths += 1;
            worker = Running::start(site.worker("one"));
        }
        site.offsets().iter().all(|(committed, end)| committed == end).then_some(())
    });
    worker.end();
    site.check(&documents);
    // Once among others, and then alone as often as is allowed.
    assert!((3..=4).contains(&deaths), "{deaths} workers ended");
    let current = site.ask(
        "select tenant_id, document_id, count(*), count(*) from verification
         where is_current and 'engine.failed' = any(reasons) group by 1, 2",
    );
    assert_eq!(current, [("tenant-3".to_owned(), "abort-60".to_owned(), 1, 1)]);
}
