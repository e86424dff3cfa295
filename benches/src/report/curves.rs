//! The curves of decisions on claims as SVG: confidence against truth, and what a threshold buys.

use std::fmt::Write as _;

use crate::accuracy::{ClaimsResult, JudgeResult};

const SIDE: f64 = 320.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 34.0;
const WIDTH: f64 = LEFT + SIDE + 24.0;
const LEGEND_ROW: f64 = 18.0;
/// The judges in turn: told apart without seeing colours too, by their dashes.
const STYLES: [(&str, &str); 4] =
    [("#9a9a9a", "2 3"), ("#2a6fb0", ""), ("#b0552a", "7 3"), ("#4b8b3b", "1 4")];
/// The risk that the second picture shows at most: beyond it nobody would accept.
const RISK_MAX: f64 = 0.2;

/// The pictures with their names.
pub(crate) fn pictures(claims: &ClaimsResult) -> Vec<(&'static str, String)> {
    vec![("reliability", reliability(claims)), ("risk-coverage", risk_coverage(claims))]
}

/// What is drawn of one judge.
type Points<'a> = &'a dyn Fn(&JudgeResult) -> Vec<(f64, f64)>;

/// A picture's words.
struct Words<'a> {
    title: &'a str,
    x: &'a str,
    y: &'a str,
    /// The value at the top of the y axis.
    y_max: f64,
}

fn reliability(claims: &ClaimsResult) -> String {
    let words = Words {
        title: "Reliability: is the confidence right?",
        x: "confidence",
        y: "share of true sets",
        y_max: 1.0,
    };
    let points = |judge: &JudgeResult| {
        judge.reliability.iter().map(|bin| (bin.confidence, bin.share_true)).collect()
    };
    let mut diagonal = String::new();
    let (from, to) = (place(0.0, 0.0), place(1.0, 1.0));
    let _ = writeln!(
        diagonal,
        "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"currentColor\" \
         stroke-opacity=\"0.3\"/>",
        from.0, from.1, to.0, to.1
    );
    picture(claims, &words, &points, &diagonal)
}

fn risk_coverage(claims: &ClaimsResult) -> String {
    let words = Words {
        title: "Risk and coverage: what does a threshold buy?",
        x: "true sets accepted",
        y: "false sets accepted",
        y_max: RISK_MAX,
    };
    let points = |judge: &JudgeResult| {
        let points = judge.risk_coverage.iter();
        let inside = points.take_while(|point| point.false_accepted <= RISK_MAX);
        inside.map(|point| (point.true_accepted, point.false_accepted / RISK_MAX)).collect()
    };
    picture(claims, &words, &points, "")
}

/// A point between 0 and 1 on the picture, in pixels.
fn place(x: f64, y: f64) -> (f64, f64) {
    (LEFT + SIDE * x, TOP + SIDE * (1.0 - y))
}

fn picture(claims: &ClaimsResult, words: &Words<'_>, points: Points<'_>, under: &str) -> String {
    let height = TOP + SIDE + 50.0 + LEGEND_ROW * claims.judges.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"currentColor\">\n\
         <title>{title}</title>\n<text x=\"{LEFT}\" y=\"18\" font-size=\"14\">{title}</text>\n",
        title = words.title,
    );
    axes(&mut svg, words);
    svg.push_str(under);
    for ((row, judge), (colour, dashes)) in
        claims.judges.iter().enumerate().zip(STYLES.iter().cycle())
    {
        let line: Vec<String> = points(judge)
            .into_iter()
            .map(|(x, y)| place(x, y))
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let stroke = format!(
            "fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\""
        );
        let y = TOP + SIDE + 52.0 + LEGEND_ROW * row as f64;
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" {stroke}/>\n\
             <line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" {stroke}/>\n\
             <text x=\"{}\" y=\"{}\">{}</text>",
            line.join(" "),
            LEFT + 26.0,
            LEFT + 34.0,
            y + 4.0,
            super::svg::escape(&judge.judge),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn axes(svg: &mut String, words: &Words<'_>) {
    let (left, foot) = place(0.0, 0.0);
    let _ = writeln!(
        svg,
        "<rect x=\"{LEFT}\" y=\"{TOP}\" width=\"{SIDE}\" height=\"{SIDE}\" fill=\"none\" \
         stroke=\"currentColor\" stroke-opacity=\"0.4\"/>"
    );
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        let ((x, _), (_, y)) = (place(share, 0.0), place(0.0, share));
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{:.0} %</text>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.0} %</text>",
            foot + 15.0,
            share * 100.0,
            left - 5.0,
            y + 4.0,
            share * words.y_max * 100.0,
        );
    }
    let middle = TOP + SIDE / 2.0;
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n\
         <text x=\"12\" y=\"{middle}\" text-anchor=\"middle\" \
         transform=\"rotate(-90 12 {middle})\">{}</text>",
        LEFT + SIDE / 2.0,
        foot + 32.0,
        words.x,
        words.y,
    );
}
