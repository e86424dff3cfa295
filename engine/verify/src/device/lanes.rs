//! Several streams of one GPU, each with the networks and a thread that puts work to it: while the
//! host looks for the lines of some pages, or copies others to the device, it computes on the rest.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

use image::RgbImage;

use super::fault::Fault;
use super::networks::Networks;
use crate::reading::reader::PageRead;

/// The networks on each stream.
pub(crate) struct Lanes(Vec<Box<dyn Networks>>);

impl Lanes {
    /// Of one network at least.
    pub(crate) fn new(lanes: Vec<Box<dyn Networks>>) -> Self {
        Self(lanes)
    }
}

impl Networks for Lanes {
    fn read(&self, pages: &[&RgbImage], budget_px: usize) -> Result<Vec<PageRead>, Fault> {
        let px: Vec<u64> = pages.iter().map(|page| page.as_raw().len() as u64).collect();
        let mut lanes = self.0.iter().zip(shares(&px, self.0.len()));
        // The first lane has this thread.
        let Some((first, mine)) = lanes.next() else {
            return Err(Fault::of_words("CUDA_ERROR_NO_DEVICE: it has no streams"));
        };
        thread::scope(|scope| {
            let others: Vec<_> = lanes
                .map(|(lane, share)| scope.spawn(|| lane.read(&pages[share], budget_px)))
                .collect();
            let mut reads = first.read(&pages[mine], budget_px);
            // All are waited for, whatever the first says: nobody else may have the device yet.
            for other in others {
                let read = other.join().unwrap_or_else(|panic| resume_unwind(panic));
                reads = reads.and_then(|mut reads| {
                    reads.extend(read?);
                    Ok(reads)
                });
            }
            reads
        })
    }

    fn read_on_each(
        &self,
        pages: &[&RgbImage],
        budget_px: usize,
    ) -> Result<Vec<Vec<PageRead>>, Fault> {
        self.0.iter().map(|lane| lane.read(pages, budget_px)).collect()
    }
}

/// Neighbouring pages for each of at most `lanes`, with about as many pixels each; no lane has
/// nothing to do but the first.
fn shares(px: &[u64], lanes: usize) -> Vec<Range<usize>> {
    let whole: u64 = px.iter().sum();
    let mut shares = Vec::with_capacity(lanes);
    let (mut from, mut before) = (0, 0);
    for lane in 1..=lanes as u64 {
        let wanted = whole * lane / lanes as u64;
        let mut to = from;
        // A page belongs to the lane in whose share its middle lies.
        while to < px.len() && (lane == lanes as u64 || before + px[to] / 2 < wanted) {
            before += px[to];
            to += 1;
        }
        if from < to {
            shares.push(from..to);
        }
        from = to;
    }
    if shares.is_empty() {
        shares.push(0..px.len());
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::drawn::Drawn;
    use super::*;

    #[test]
    fn pages_are_shared_out_by_their_pixels() {
        // The pages up to which each lane goes.
        let cases: [(&str, &[u64], usize, &[usize]); 7] = [
            ("none", &[], 2, &[0]),
            ("one", &[5], 2, &[1]),
            ("two", &[5, 5], 2, &[1, 2]),
            ("three", &[4, 4, 4], 2, &[1, 3]),
            ("a large one first", &[90, 5, 5, 5], 2, &[1, 4]),
            ("a large one last", &[5, 5, 5, 90], 2, &[3, 4]),
            ("one lane", &[5, 5, 5], 1, &[3]),
        ];
        for (name, px, lanes, expected) in cases {
            let ends: Vec<usize> = shares(px, lanes).into_iter().map(|share| share.end).collect();
            assert_eq!(ends, expected, "{name}");
        }
    }

    #[test]
    fn every_lane_has_its_say_and_pages_come_back_in_their_order() {
        let lanes = Lanes::new((0..3).map(|_| Box::new(Drawn) as Box<dyn Networks>).collect());
        let pages: Vec<RgbImage> = (1..=7).map(|side| RgbImage::new(side, 3)).collect();
        let pages: Vec<&RgbImage> = pages.iter().collect();
        let texts = |reads: &[PageRead]| -> Vec<String> {
            reads.iter().map(|read| read.lines[0].text.clone()).collect()
        };
        let wanted: Vec<String> = (1..=7).map(|side| format!("{side} x 3")).collect();
        assert_eq!(texts(&lanes.read(&pages, 800).unwrap()), wanted);
        let each = lanes.read_on_each(&pages, 800).unwrap();
        assert_eq!(each.iter().map(|reads| texts(reads)).collect::<Vec<_>>(), vec![wanted; 3]);
    }

    /// One that answers no page of this width.
    struct Refuses(u32);

    impl Networks for Refuses {
        fn read(&self, pages: &[&RgbImage], budget_px: usize) -> Result<Vec<PageRead>, Fault> {
            match pages.iter().any(|page| page.width() == self.0) {
                true => Err(Fault::of_words("CUDA_ERROR_LAUNCH_FAILED")),
                false => Drawn.read(pages, budget_px),
            }
        }
    }

    #[test]
    fn what_one_lane_cannot_read_is_a_fault_of_the_device() {
        let lanes = Lanes::new(vec![Box::new(Refuses(1)), Box::new(Refuses(1))]);
        for (widths, fails) in [([1, 2], true), ([2, 1], true), ([2, 3], false)] {
            let pages = widths.map(|width| RgbImage::new(width, 3));
            let read = lanes.read(&pages.each_ref(), 800);
            assert_eq!(read.is_err(), fails, "{widths:?}");
        }
    }

    proptest! {
        #[test]
        fn every_page_is_in_one_share(
            px in proptest::collection::vec(0_u64..1_000_000, 0..60), lanes in 1_usize..5,
        ) {
            let shares = shares(&px, lanes);
            prop_assert!((1..=lanes).contains(&shares.len()));
            let pages: Vec<usize> = shares.into_iter().flatten().collect();
            prop_assert_eq!(pages, (0..px.len()).collect::<Vec<_>>());
        }
    }
}
