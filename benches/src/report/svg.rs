//! Small bar charts as SVG that stands inside the Markdown.

use std::fmt::Write as _;

/// A bar: its name, its value, and the value as it is written beside it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) label: String,
    /// Ours stands out from what it is compared with.
    pub(super) ours: bool,
}

const NAME_WIDTH: f64 = 150.0;
const BAR_WIDTH: f64 = 320.0;
const LABEL_WIDTH: f64 = 130.0;
const ROW_HEIGHT: f64 = 22.0;

/// Horizontal bars from 0 to the largest value.
pub(super) fn bars(title: &str, bars: &[Bar]) -> String {
    let longest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let (width, height) =
        (NAME_WIDTH + BAR_WIDTH + LABEL_WIDTH, ROW_HEIGHT * bars.len() as f64 + 8.0);
    let title = escape(title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<title>{title}</title>\n"
    );
    for (row, bar) in bars.iter().enumerate() {
        let top = ROW_HEIGHT * row as f64 + 4.0;
        let middle = top + ROW_HEIGHT * 0.65;
        let length = (BAR_WIDTH * bar.value.max(0.0) / longest).max(1.0);
        let fill = if bar.ours { "#2a6fb0" } else { "#9a9a9a" };
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{middle:.1}\" text-anchor=\"end\" \
             fill=\"currentColor\">{}</text>\n\
             <rect x=\"{NAME_WIDTH}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"{:.1}\" \
             fill=\"{fill}\"/>\n\
             <text x=\"{:.1}\" y=\"{middle:.1}\" fill=\"currentColor\">{}</text>",
            NAME_WIDTH - 6.0,
            escape(&bar.name),
            top + 3.0,
            ROW_HEIGHT - 6.0,
            NAME_WIDTH + length + 6.0,
            escape(&bar.label),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_its_place_and_names_cannot_break_out() {
        let bar = |name: &str, value| Bar {
            name: name.to_owned(),
            value,
            label: String::new(),
            ours: false,
        };
        let svg = bars("a \"<b>\"", &[bar("x<script>", 2.0), bar("y", 1.0), bar("z", 0.0)]);
        assert!(svg.contains("width=\"320.0\"") && svg.contains("width=\"160.0\""), "{svg}");
        assert!(svg.contains("width=\"1.0\""));
        assert!(!svg.contains("<script>") && svg.contains("a &quot;&lt;b&gt;&quot;"));
        assert_eq!(bars("none", &[]).matches("<rect").count(), 0);
    }
}
