//! The second stage of a batch: a group on its way to a device and back. What no device reads,
//! the CPU reads: the same documents, at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use image::RgbImage;
use ivendor_core::request::Priority;

use crate::contain::contain;
use crate::device::board::{Order, Pages};
use crate::device::budget::CPU_BUDGET_PX;
use crate::device::pool::Pool;
use crate::prepare::Prepared;
use crate::reading::reader::{PageRead, Reader};

/// A group that was sent to the devices.
pub(super) struct OnWay {
    group: Vec<Prepared>,
    /// By document of the group: what is done with it.
    ways: Vec<Way>,
    order: Arc<Order>,
}

/// What is done with a document of a group.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// It has the same bytes as an earlier one, which is read.
    Twin(usize),
    /// It is read, at this place of the order.
    Sent(usize),
    /// It has no pages.
    None,
}

/// A document that came back.
pub(super) struct Read {
    /// Its pages, or why they could not be read.
    pub(super) pages: Result<Vec<PageRead>, String>,
    pub(super) by: By,
}

/// Who read a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The device of this number.
    Device(usize),
    /// The CPU.
    Cpu,
    /// There was nothing to read.
    Nobody,
}

impl OnWay {
    /// Sends a group to the devices; each document once, whatever it is called.
    pub(super) fn send(group: Vec<Prepared>, pool: &Pool) -> Self {
        let key = |document: &Prepared| document.sha256.zip(Some(document.pages.len()));
        let mut documents: Vec<Pages> = Vec::new();
        let mut ways = Vec::with_capacity(group.len());
        for (at, document) in group.iter().enumerate() {
            let same = |other: &Prepared| key(other).is_some() && key(other) == key(document);
            ways.push(match group[..at].iter().position(same) {
                _ if document.pages.is_empty() => Way::None,
                Some(first) => Way::Twin(first),
                None => {
                    documents.push(Arc::clone(&document.pages));
                    Way::Sent(documents.len() - 1)
                }
            });
        }
        let urgent = group.iter().any(|one| one.request.priority == Priority::Interactive);
        let order = pool.put(documents, urgent);
        Self { group, ways, order }
    }

    /// Waits for the devices, and lets the CPU read what they did not.
    pub(super) fn come_back(self, pool: &Pool, cpu: &Reader) -> (Vec<Prepared>, Vec<Read>) {
        let Self { group, ways, order } = self;
        let answers = pool.answers(&order);
        let asked = order.documents.iter().zip(&answers);
        let unread: Vec<&Pages> =
            asked.filter(|(_, answer)| answer.is_none()).map(|(pages, _)| pages).collect();
        if pool.len() > 0 {
            pool.watch().fallbacks.fetch_add(unread.len() as u64, Ordering::Relaxed);
        }
        let mut by_cpu = read_all(cpu, &unread).into_iter();
        let nothing = || Read { pages: Ok(Vec::new()), by: By::Nobody };
        let mut sent: Vec<Option<Read>> = answers
            .into_iter()
            .map(|answer| match answer {
                Some(read) => Some(Read { pages: Ok(read.pages), by: By::Device(read.station) }),
                None => by_cpu.next().map(|pages| Read { pages, by: By::Cpu }),
            })
            .collect();
        let mut reads: Vec<Read> = Vec::with_capacity(ways.len());
        for way in ways {
            let read = match way {
                Way::None => None,
                Way::Sent(place) => sent[place].take(),
                Way::Twin(first) => Some(again(&reads[first])),
            };
            reads.push(read.unwrap_or_else(nothing));
        }
        (group, reads)
    }
}

/// The same reading for another document with the same bytes.
fn again(first: &Read) -> Read {
    let pages = first.pages.as_ref().map_err(String::clone);
    Read { pages: pages.map(|pages| pages.iter().map(PageRead::again).collect()), by: first.by }
}

/// What the CPU reads of documents.
fn read_all(cpu: &Reader, documents: &[&Pages]) -> Vec<Result<Vec<PageRead>, String>> {
    let pages: Vec<Vec<&RgbImage>> =
        documents.iter().map(|pages| pages.iter().map(|page| &page.pixels).collect()).collect();
    match read(cpu, &pages.concat()) {
        Ok(reads) => {
            let mut reads = reads.into_iter();
            pages.iter().map(|pages| Ok(reads.by_ref().take(pages.len()).collect())).collect()
        }
        // One document must not take the others with it: each is tried alone.
        Err(problem) => {
            tracing::warn!(problem, documents = documents.len(), "a group could not be read");
            pages.iter().map(|pages| read(cpu, pages)).collect()
        }
    }
}

/// Reads pages; a panic in an operation is an error like any other.
fn read(cpu: &Reader, pages: &[&RgbImage]) -> Result<Vec<PageRead>, String> {
    if pages.is_empty() {
        return Ok(Vec::new());
    }
    contain("the networks", || cpu.read(pages, CPU_BUDGET_PX))?.map_err(|error| error.to_string())
}
