//! What pages look like where lines were read, counted where their pixels lie: on a device, for all
//! pages at once.

use candle_core::{Result, Tensor};
use ivendor_core::geometry::Polygon;
use ivendor_core::verdict::Line;
use ivendor_models::strip::{self, Counts};

/// Characters of a page, below which it is not looked at.
const CHARACTERS_MIN: usize = 20;
/// Lines of a page that are looked at.
const LINES_MAX: usize = 300;
/// Lines are looked at with about this height in pixels, so that sharpness means the same on every
/// page; smaller ones are not enlarged.
const LOOK_PX: f32 = 16.0;

/// What was counted on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageLook {
    /// The height of the text in pixels.
    pub height_px: f32,
    /// The lines that were looked at, by their places among those of the page.
    pub lines: Vec<(usize, Counts)>,
    /// The quiet Laplacian of the page as a whole, in sixteenths of a level.
    pub quiet: u32,
}

/// Looks at pages, `(H, W, 3)` bytes each, where lines were read on them; `None` where there
/// is hardly any text.
///
/// # Errors
/// Where the device fails.
pub(crate) fn look(pages: &[Tensor], lines: &[&[Line]]) -> Result<Vec<Option<PageLook>>> {
    let chosen: Vec<Option<Chosen>> = lines.iter().map(|lines| choose(lines)).collect();
    let (mut seen, mut outlines) = (Vec::new(), Vec::new());
    for ((pixels, lines), chosen) in pages.iter().zip(lines).zip(&chosen) {
        let Some(Chosen { height_px, lines: chosen }) = chosen else { continue };
        outlines.extend(chosen.iter().map(|&line| outline(seen.len(), &lines[line].polygon)));
        seen.push(strip::Page { pixels, shrink: (height_px / LOOK_PX) as usize });
    }
    let counted = strip::count(&seen, &outlines)?;
    let (mut counts, mut quiet) = (counted.lines.into_iter(), counted.quiet.into_iter());
    let mut look = |Chosen { height_px, lines }| PageLook {
        height_px,
        lines: lines.into_iter().zip(counts.by_ref()).collect(),
        quiet: quiet.next().unwrap_or_default(),
    };
    Ok(chosen.into_iter().map(|chosen| chosen.map(&mut look)).collect())
}

/// The lines by which a page is looked at.
struct Chosen {
    height_px: f32,
    lines: Vec<usize>,
}

fn choose(lines: &[Line]) -> Option<Chosen> {
    let whole = |line: &Line| {
        line.polygon.0.iter().all(|p| p.x.is_finite() && p.y.is_finite()) && characters(line) > 0
    };
    let whole: Vec<usize> = (0..lines.len()).filter(|&line| whole(&lines[line])).collect();
    if whole.iter().map(|&line| characters(&lines[line])).sum::<usize>() < CHARACTERS_MIN {
        return None;
    }
    let heights =
        whole.iter().map(|&line| (lines[line].polygon.height(), characters(&lines[line])));
    let height_px = median(heights.collect())?;
    let step = whole.len().div_ceil(LINES_MAX);
    Some(Chosen { height_px, lines: whole.into_iter().step_by(step).collect() })
}

/// A line as the operation wants it.
fn outline(page: usize, polygon: &Polygon) -> strip::Line {
    let corners = polygon.0.map(|corner| [corner.x, corner.y]);
    strip::Line { page, corners, sides: (polygon.width(), polygon.height()) }
}

/// How much a line counts among others.
pub(crate) fn characters(line: &Line) -> usize {
    line.text.chars().filter(|c| !c.is_whitespace()).count()
}

/// The value below which half of the characters lie; each value comes with its characters.
pub(crate) fn median(mut values: Vec<(f32, usize)>) -> Option<f32> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<usize>().div_ceil(2);
    let mut sum = 0;
    let middle = values.iter().find(|(_, weight)| {
        sum += weight;
        sum >= half
    });
    middle.map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use ivendor_core::geometry::Point;
    use ivendor_models::crop::upload;

    use super::*;

    fn page(size: (usize, usize)) -> Tensor {
        let bytes: Vec<u8> = (0..size.0 * size.1 * 3).map(|i| (i * i / 7) as u8).collect();
        upload(&bytes, size, &Device::Cpu).unwrap()
    }

    fn line(text: &str, top: f32, height: f32) -> Line {
        let polygon = Polygon::rectangle(Point::new(4.0, top), Point::new(90.0, top + height));
        Line { polygon, text: text.to_owned(), confidence: 0.9 }
    }

    #[test]
    fn a_page_looks_the_same_whatever_stands_beside_it() {
        let text = "ten letters";
        let nowhere =
            Line { polygon: Polygon([Point::new(f32::NAN, 0.0); 4]), ..line(text, 0.0, 9.0) };
        let small =
            vec![line("  ", 0.0, 9.0), line(text, 9.0, 9.0), nowhere, line(text, 20.0, 9.0)];
        let large = vec![line(text, 2.0, 40.0), line(text, 44.0, 40.0), line(text, 90.0, 40.0)];
        let pages = [page((100, 60)), page((50, 50)), page((120, 150))];
        let lines: [&[Line]; 3] = [&small, &[line("Page 2", 0.0, 9.0)], &large];
        let looks = look(&pages, &lines).unwrap();
        for ((page, lines), together) in pages.iter().zip(lines).zip(&looks) {
            assert_eq!(look(std::slice::from_ref(page), &[lines]).unwrap()[0], *together);
        }
        assert!(looks[1].is_none(), "hardly any text");
        let chosen = |page: usize| {
            let look = looks[page].as_ref().unwrap();
            (look.height_px, look.lines.iter().map(|(line, _)| *line).collect::<Vec<_>>())
        };
        assert_eq!(chosen(0), (9.0, vec![1, 3]));
        assert_eq!(chosen(2), (40.0, vec![0, 1, 2]));
        // Lines of 40 pixels are looked at at half their size.
        assert_eq!(looks[2].as_ref().unwrap().lines[0].1.rows, 20);
    }

    #[test]
    fn of_many_lines_some_stand_for_all() {
        let lines: Vec<Line> = (0..700).map(|i| line("text", i as f32 / 9.0, 8.0)).collect();
        let looks = look(&[page((100, 90))], &[&lines]).unwrap();
        let looked: Vec<usize> =
            looks[0].as_ref().unwrap().lines.iter().map(|(line, _)| *line).collect();
        assert_eq!((looked.len(), looked[1]), (234, 3));
    }
}
