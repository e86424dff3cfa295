//! Documents that were handed in before, in the same run, under another identifier: the same
//! bytes, pages that look the same, or a first page with the same numbers.
//!
//! [`Seen`] is fed in the order of the requests, on one thread, when a batch is done, so that what
//! it says does not depend on which document was ready first. It compares across the vendors of a
//! tenant and never across tenants: no tenant may learn what another one has handed in.
//!
//! It knows what it was fed, and no more: a run that is resumed knows nothing of what was done
//! before, so the two are not offered together.

use std::collections::{BTreeSet, HashMap, VecDeque};

use ivendor_core::check::Check;
use ivendor_core::ids::{DocumentId, Sha256, TenantId, VendorId};
use ivendor_core::reason::Reason;

mod fingerprint;
mod numbers;

pub use fingerprint::{Fingerprint, fingerprint};
pub use numbers::Numbers;

use fingerprint::BITS_DIFFER_MAX;

/// Whether the document came before under another identifier.
pub const DUPLICATE: &str = "content.duplicate";

/// Pages that are remembered, of all tenants together: about 120 MB. A document without any counts
/// as one.
pub const SEEN_MAX: usize = 100_000;

/// Parts of a fingerprint by which it is found. Where at most four bits differ, at least one of
/// five parts is the same.
const BANDS: u32 = BITS_DIFFER_MAX + 1;

/// What is left of the belief that a document is new where the same bytes came before.
const SAME_BYTES: f32 = 0.02;
/// And where its pages look like those of an earlier one: forms of one kind may.
const SAME_PICTURE: f32 = 0.1;
/// And where its numbers are those of an earlier one.
const SAME_NUMBERS: f32 = 0.1;

/// Documents that have one number in common, past which it finds none of them: it is printed on
/// every form of a kind.
const COMMON_MAX: usize = 1_024;

/// One document as it is fed.
#[derive(Debug, Clone, Copy)]
pub struct Handed<'a> {
    /// Whose it is.
    pub tenant: &'a TenantId,
    /// Who handed it in.
    pub vendor: &'a VendorId,
    /// Which it is.
    pub document: &'a DocumentId,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// What each of its pages looks like, in order; `None` for one without a picture.
    pub pages: &'a [Option<Fingerprint>],
    /// The numbers on its first page, as they were read.
    pub numbers: &'a Numbers,
}

/// The documents of a run, the most recent ones with together [`SEEN_MAX`] pages.
#[derive(Debug)]
pub struct Seen {
    tenants: HashMap<TenantId, Memory>,
    /// Whose documents came and how many pages each has, oldest first.
    order: VecDeque<(TenantId, usize)>,
    pages: usize,
    capacity: usize,
}

impl Default for Seen {
    fn default() -> Self {
        Self::new()
    }
}

impl Seen {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::holding(SEEN_MAX)
    }

    /// Nothing seen yet, and at most `capacity` pages remembered, or one document.
    #[must_use]
    pub fn holding(capacity: usize) -> Self {
        Self { tenants: HashMap::new(), order: VecDeque::new(), pages: 0, capacity }
    }

    /// Remembers a document and says whether it came before under another identifier. A document
    /// that comes again under its own is none, and neither is the first of two that are alike,
    /// whenever it comes again. `None` is all that can be said of a document that is new.
    pub fn check(&mut self, handed: &Handed<'_>) -> Option<Check> {
        let pages = handed.pages.len().max(1);
        while !self.order.is_empty() && self.pages + pages > self.capacity {
            self.forget();
        }
        self.pages += pages;
        self.order.push_back((handed.tenant.clone(), pages));
        let memory = self.tenants.entry(handed.tenant.clone()).or_default();
        let check = memory.look_up(handed);
        memory.remember(handed);
        check
    }

    /// Lets go of the oldest document.
    fn forget(&mut self) {
        let Some((tenant, pages)) = self.order.pop_front() else { return };
        self.pages -= pages;
        let Some(memory) = self.tenants.get_mut(&tenant) else { return };
        memory.forget();
        if memory.entries.is_empty() {
            self.tenants.remove(&tenant);
        }
    }
}

/// A document that is remembered.
#[derive(Debug)]
struct Entry {
    vendor: VendorId,
    document: DocumentId,
    sha256: Sha256,
    pages: Box<[Option<Fingerprint>]>,
    numbers: Numbers,
}

/// A part of the fingerprint of a document's first page that has one.
type Band = (u32, u64);

/// The documents of one tenant. They are counted from the first; the indices hold those numbers,
/// oldest first.
#[derive(Debug, Default)]
struct Memory {
    entries: VecDeque<Entry>,
    /// Documents that were let go of: the number of the first entry.
    forgotten: u64,
    by_bytes: HashMap<Sha256, VecDeque<u64>>,
    by_band: HashMap<Band, VecDeque<u64>>,
    by_number: HashMap<u32, VecDeque<u64>>,
}

impl Memory {
    fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(number.checked_sub(self.forgotten)?).ok()?)
    }

    fn look_up(&self, handed: &Handed<'_>) -> Option<Check> {
        let other = |entry: &&Entry| entry.document != *handed.document;
        let same = self.by_bytes.get(&handed.sha256).and_then(|numbers| numbers.front());
        if let Some(first) = same.and_then(|number| self.entry(*number)) {
            return Some(first)
                .filter(other)
                .map(|first| first.names("the same bytes", SAME_BYTES));
        }
        if let Some(first) = self.first_like(handed.pages) {
            return Some(first)
                .filter(other)
                .map(|first| first.names("nearly the same picture", SAME_PICTURE));
        }
        let first = self.first_with(handed.numbers).filter(other)?;
        Some(first.names("nearly the same numbers", SAME_NUMBERS))
    }

    /// The oldest document that has nearly the same numbers.
    fn first_with(&self, numbers: &Numbers) -> Option<&Entry> {
        let lists = numbers.hashes().iter().filter_map(|hash| self.by_number.get(hash));
        let rare = lists.filter(|list| list.len() <= COMMON_MAX);
        let candidates: BTreeSet<u64> = rare.flatten().copied().collect();
        let entries = candidates.into_iter().filter_map(|number| self.entry(number));
        entries.into_iter().find(|entry| entry.numbers.are_near(numbers))
    }

    /// The oldest document of which every page looks like the one in its place.
    fn first_like(&self, pages: &[Option<Fingerprint>]) -> Option<&Entry> {
        let like = |number: &&u64| self.entry(**number).is_some_and(|e| all_near(&e.pages, pages));
        let numbers = bands(pages).filter_map(|band| self.by_band.get(&band)?.iter().find(like));
        self.entry(*numbers.min()?)
    }

    fn remember(&mut self, handed: &Handed<'_>) {
        let number = self.forgotten + self.entries.len() as u64;
        self.by_bytes.entry(handed.sha256).or_default().push_back(number);
        for band in bands(handed.pages) {
            self.by_band.entry(band).or_default().push_back(number);
        }
        for hash in handed.numbers.hashes() {
            self.by_number.entry(*hash).or_default().push_back(number);
        }
        self.entries.push_back(Entry {
            vendor: handed.vendor.clone(),
            document: handed.document.clone(),
            sha256: handed.sha256,
            pages: handed.pages.into(),
            numbers: handed.numbers.clone(),
        });
    }

    /// Lets go of the oldest document; in every list that names it, it stands first.
    fn forget(&mut self) {
        let Some(entry) = self.entries.pop_front() else { return };
        self.forgotten += 1;
        shorten(&mut self.by_bytes, &entry.sha256);
        bands(&entry.pages).for_each(|band| shorten(&mut self.by_band, &band));
        entry.numbers.hashes().iter().for_each(|hash| shorten(&mut self.by_number, hash));
    }
}

impl Entry {
    fn names(&self, what: &str, confidence: f32) -> Check {
        let Self { vendor, document, .. } = self;
        Check::failed(DUPLICATE, confidence, Reason::CONTENT_DUPLICATE)
            .expecting("a document that did not come before")
            .finding(format!("{what} as document {document} of vendor {vendor}"))
    }
}

fn shorten<K: std::hash::Hash + Eq>(lists: &mut HashMap<K, VecDeque<u64>>, key: &K) {
    if let Some(list) = lists.get_mut(key) {
        list.pop_front();
        if list.is_empty() {
            lists.remove(key);
        }
    }
}

/// The parts of the first fingerprint among the pages, none where no page has one.
fn bands(pages: &[Option<Fingerprint>]) -> impl Iterator<Item = Band> {
    let first = pages.iter().flatten().next().map(|page| page.bits);
    first.into_iter().flat_map(|bits| {
        (0..BANDS).map(move |band| {
            let (from, to) = (band * u64::BITS / BANDS, (band + 1) * u64::BITS / BANDS);
            (band, bits >> from & ((1 << (to - from)) - 1))
        })
    })
}

/// Whether two documents have as many pages, and each looks like the one in its place.
fn all_near(a: &[Option<Fingerprint>], b: &[Option<Fingerprint>]) -> bool {
    let near = |pair: (&Option<Fingerprint>, &Option<Fingerprint>)| match pair {
        (Some(a), Some(b)) => a.is_near(b),
        (None, None) => true,
        _ => false,
    };
    a.len() == b.len() && a.iter().zip(b).all(near)
}

#[cfg(test)]
mod tests;
