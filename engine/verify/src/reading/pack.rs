//! Packs lines of like width, and pages of one size, into micro-batches.
//!
//! A line is padded to the width of its bucket, which depends on the line alone, so that it reads
//! the same in any company; buckets grow with the width, so that little of a batch is padding.

use ivendor_models::recogniser::STEP_PX;

/// The least width of a line in pixels.
const WIDTH_MIN: usize = 32;
/// The greatest; longer lines are squeezed.
pub(super) const WIDTH_MAX: usize = 3200;

/// Lines that go through the recogniser together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MicroBatch {
    /// The width of the bucket in pixels.
    pub(super) width: usize,
    /// Indices of the lines.
    pub(super) lines: Vec<usize>,
}

/// The padded width of a line: the next multiple of a sixteenth of its power of two, at least of
/// a step of the recogniser, so that at most one part in sixteen of a wide line is padding.
pub(super) fn bucket(width: usize) -> usize {
    let width = width.clamp(WIDTH_MIN, WIDTH_MAX);
    let step = (width.next_power_of_two() / 32).max(STEP_PX);
    width.div_ceil(step) * step
}

/// Groups lines of `widths` by bucket, at most `budget_px` columns a batch, widest first: the long
/// ones start early and the short ones fill the gaps at the end.
pub(super) fn pack(widths: &[usize], budget_px: usize) -> Vec<MicroBatch> {
    let mut order: Vec<usize> = (0..widths.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(bucket(widths[i])), i));
    let mut batches: Vec<MicroBatch> = Vec::new();
    for i in order {
        let width = bucket(widths[i]);
        match batches.last_mut() {
            Some(batch) if batch.width == width && (batch.lines.len() + 1) * width <= budget_px => {
                batch.lines.push(i);
            }
            _ => batches.push(MicroBatch { width, lines: vec![i] }),
        }
    }
    batches
}

/// Groups pages that the detector sees in the same size (width, height), at most `budget_px` pixels
/// a batch; a page alone may have more. Indices of the pages.
pub(super) fn pack_pages(sizes: &[(usize, usize)], budget_px: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&i| (sizes[i], i));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for i in order {
        let px = sizes[i].0 * sizes[i].1;
        match batches.last_mut() {
            Some(batch) if sizes[batch[0]] == sizes[i] && (batch.len() + 1) * px <= budget_px => {
                batch.push(i);
            }
            _ => batches.push(vec![i]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_waste_little() {
        let cases =
            [(1, 32), (33, 40), (100, 104), (320, 320), (321, 336), (1000, 1024), (9000, 3200)];
        for (width, expected) in cases {
            assert_eq!(bucket(width), expected, "{width}");
        }
    }

    proptest! {
        #[test]
        fn every_line_is_packed_once_and_within_the_budget(
            widths in proptest::collection::vec(1_usize..4000, 0..200), budget in 100_usize..5000,
        ) {
            let batches = pack(&widths, budget);
            let mut seen: Vec<usize> = batches.iter().flat_map(|b| b.lines.clone()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..widths.len()).collect::<Vec<_>>());
            for batch in batches {
                prop_assert!(batch.lines.len() == 1 || batch.lines.len() * batch.width <= budget);
                prop_assert!(batch.width % STEP_PX == 0);
                for line in batch.lines {
                    prop_assert!(widths[line].min(WIDTH_MAX) <= batch.width);
                }
            }
        }

        #[test]
        fn every_page_is_packed_once_with_pages_of_its_size_and_within_the_budget(
            sides in proptest::collection::vec((1_usize..4, 1_usize..3), 0..60),
            budget in 0_usize..20_000,
        ) {
            let sizes: Vec<_> = sides.into_iter().map(|(w, h)| (w * 32, h * 32)).collect();
            let batches = pack_pages(&sizes, budget);
            let mut seen = batches.concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..sizes.len()).collect::<Vec<_>>());
            for batch in batches {
                let (width, height) = sizes[batch[0]];
                prop_assert!(batch.len() == 1 || batch.len() * width * height <= budget);
                prop_assert!(batch.iter().all(|&page| sizes[page] == (width, height)));
            }
        }
    }
}
