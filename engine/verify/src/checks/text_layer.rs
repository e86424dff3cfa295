//! The text layer of a PDF page against what was read from its pixels.
//!
//! Whoever edits a PDF may change what a program copies out of it and leave what a person sees, or
//! the other way round. The pixels are the truth: they are what was read, and the layer is only
//! the suspect. Where both say the same words and differ in a value, they contradict each other. A
//! layer that says other words than the page in many places is most likely what some reader once
//! made of a scan, and of that nothing follows.

use std::collections::BTreeMap;

use ivendor_core::check::{Check, Evidence};
use ivendor_core::reason::Reason;
use ivendor_core::verdict::PageText;

mod values;

use super::claims::boxes;
use super::claims::text::Text;
use values::{Kind, Taken, Value};

/// Whether the text layer says what the page shows.
pub const AGREES: &str = "text_layer.agrees";

/// Words of a layer, below which it is no text of the page: page numbers, watermarks.
const WORDS_MIN: usize = 5;
/// The share of a layer's words that the page must show for the layer to be the page's own text.
/// Layers that were written with the page reach 0.95 and more, the error of the reader included;
/// layers that a reader made of a scan stay below 0.9.
const FAITHFUL_MIN: f32 = 0.9;
/// Below this share the layer is another text.
const FOREIGN_MAX: f32 = 0.2;
/// Values that a foreign text must have: one of broken letters has none.
const FOREIGN_VALUES_MIN: usize = 3;
/// A line that was read with less confidence contradicts nothing.
const READ_MIN: f32 = 0.9;
/// Contradictions that are named.
const NAMED_MAX: usize = 3;

/// How sure the check is of a layer that agrees, and of one that does not.
const PASSED: f32 = 0.99;
const FAILED: f32 = 0.05;

/// A page with its layer.
#[derive(Debug, Clone, Copy)]
pub struct Layered<'a> {
    /// As it was read from the pixels.
    pub page: &'a PageText,
    /// The text that the file carries for it.
    pub layer: Option<&'a str>,
}

/// A value of the layer, and what the page shows in its stead.
struct Contradiction {
    layer: String,
    shown: Option<Evidence>,
}

/// Compares each page with its layer. `None` where no layer can be compared: there is none, it has
/// hardly a word, or it is a poorer reading of the page.
#[must_use]
pub fn check(claims: &BTreeMap<String, String>, pages: &[Layered<'_>]) -> Option<Check> {
    let claimed: Vec<Value> = Taken::of(claims.values().map(String::as_str)).values;
    let mut found: Vec<Contradiction> = Vec::new();
    let mut compared = 0;
    for page in pages {
        if let Some(contradictions) = compare(&claimed, page) {
            compared += 1;
            found.extend(contradictions);
        }
    }
    if compared == 0 {
        return None;
    }
    if found.is_empty() {
        let pages = if compared == 1 { "1 page".to_owned() } else { format!("{compared} pages") };
        return Some(Check::passed(AGREES, PASSED).finding(format!("the same text on {pages}")));
    }
    found.truncate(NAMED_MAX);
    let shown = |c: &Contradiction| match &c.shown {
        Some(evidence) => evidence.text.clone(),
        None => "nothing like it".to_owned(),
    };
    let layer: Vec<&str> = found.iter().map(|c| c.layer.as_str()).collect();
    let pixels: Vec<String> = found.iter().map(shown).collect();
    let (layer, pixels) = (layer.join(", "), pixels.join(", "));
    Some(
        Check::failed(AGREES, FAILED, Reason::TEXT_LAYER_DIFFERS)
            .expecting(format!("the text layer says {layer}"))
            .finding(format!("the page shows {pixels}"))
            .at(found.into_iter().filter_map(|c| c.shown).collect()),
    )
}

/// The contradictions of one page; `None` where nothing can be compared.
fn compare(claimed: &[Value], page: &Layered<'_>) -> Option<Vec<Contradiction>> {
    let layer = Taken::of(page.layer?.lines());
    let read = Taken::of_page(page.page);
    if layer.words.len() < WORDS_MIN || read.words.is_empty() {
        return None;
    }
    let said = layer.words.iter().filter(|word| read.says(word)).count();
    let share = said as f32 / layer.words.len() as f32;
    let mut missing: Vec<&Value> = layer.values.iter().filter(|v| !read.has(&v.digits)).collect();
    if !missing.is_empty() {
        let boxed = boxes::find(&Text::new(std::slice::from_ref(page.page)));
        missing.retain(|v| {
            boxed.iter().all(|number| !v.digits.chars().eq(number.digits.iter().copied()))
        });
    }
    if share < FOREIGN_MAX
        && layer.values.len() >= FOREIGN_VALUES_MIN
        && missing.len() == layer.values.len()
    {
        let named = missing.iter().take(NAMED_MAX);
        return Some(named.map(|v| Contradiction { layer: v.text.clone(), shown: None }).collect());
    }
    if share < FAITHFUL_MIN {
        return None;
    }
    let confident =
        |v: &&Value| page.page.lines.get(v.line).is_some_and(|line| line.confidence >= READ_MIN);
    let mut unsaid: Vec<&Value> =
        read.values.iter().filter(|v| !layer.has(&v.digits)).filter(confident).collect();
    let mut found = Vec::new();
    for value in missing {
        let counterpart = (0..unsaid.len())
            .filter(|i| stands_for(unsaid[*i], value))
            .min_by_key(|i| differ(&unsaid[*i].digits, &value.digits));
        let is_claimed = claims_it(claimed, value);
        if let Some(i) = counterpart {
            // One digit of an amount or a number that nobody claims is more often misread than
            // changed; a date has few digits that can be so and still be a date.
            let misread = value.kind != Kind::Date && differ(&unsaid[i].digits, &value.digits) == 1;
            if misread && !is_claimed && !claims_it(claimed, unsaid[i]) {
                continue;
            }
            let shown = Some(evidence(page.page, unsaid.remove(i)));
            found.push(Contradiction { layer: value.text.clone(), shown });
        } else if is_claimed {
            found.push(Contradiction { layer: value.text.clone(), shown: None });
        }
    }
    Some(found)
}

fn claims_it(claimed: &[Value], value: &Value) -> bool {
    claimed.iter().any(|c| c.kind == value.kind && c.digits == value.digits)
}

/// Whether one value may have been put in the place of another.
fn stands_for(shown: &Value, layer: &Value) -> bool {
    let reach = if layer.kind == Kind::Amount { 3 } else { 0 };
    shown.kind == layer.kind && shown.digits.len().abs_diff(layer.digits.len()) <= reach
}

/// In how many places, from the end, two numbers differ.
fn differ(a: &str, b: &str) -> usize {
    let same = a.bytes().rev().zip(b.bytes().rev()).filter(|(a, b)| a == b).count();
    a.len().max(b.len()) - same
}

fn evidence(page: &PageText, value: &Value) -> Evidence {
    let line = &page.lines[value.line];
    let count = line.text.chars().count().max(1) as f32;
    let polygon = match line.text.find(&value.text) {
        Some(at) => {
            let from = line.text[..at].chars().count() as f32;
            let to = from + value.text.chars().count() as f32;
            line.polygon.slice(from / count, to / count)
        }
        None => line.polygon,
    };
    Evidence { page: page.page, polygon, text: value.text.clone() }
}

#[cfg(test)]
mod tests;
