//! From the likeliest class of each step to a text: the greedy decoding of CTC (Graves et al.
//! 2006).

use ivendor_models::recogniser::BLANK;

/// A text and the mean probability of its characters.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) confidence: f32,
}

/// Decodes pairs of (class, probability), one a step: repeats and blanks fall away.
pub(super) fn decode(steps: &[f32], characters: &[String]) -> Decoded {
    let mut text = String::new();
    let (mut sum, mut count) = (0.0, 0_u16);
    let mut last = BLANK;
    for step in steps.as_chunks::<2>().0 {
        let class = step[0] as usize;
        if class != last && class != BLANK {
            text.push_str(characters.get(class).map_or("\u{fffd}", String::as_str));
            sum += step[1];
            count += 1;
        }
        last = class;
    }
    let trimmed = text.trim();
    let confidence = if trimmed.is_empty() { 0.0 } else { sum / f32::from(count) };
    Decoded { text: trimmed.to_owned(), confidence }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_and_blanks_fall_away() {
        let characters: Vec<String> = ["", "a", "b", " "].map(String::from).to_vec();
        let cases: [(&str, &[f32], &str, f32); 5] = [
            ("nothing", &[], "", 0.0),
            ("only blanks", &[0.0, 0.9, 0.0, 0.8], "", 0.0),
            ("a repeat is one", &[1.0, 0.9, 1.0, 0.5], "a", 0.9),
            ("a blank parts two", &[1.0, 0.9, 0.0, 0.9, 1.0, 0.7], "aa", 0.8),
            ("spaces at the ends", &[3.0, 1.0, 1.0, 1.0, 2.0, 1.0, 3.0, 1.0], "ab", 1.0),
        ];
        for (name, steps, text, confidence) in cases {
            let decoded = decode(steps, &characters);
            assert_eq!(decoded.text, text, "{name}");
            assert!((decoded.confidence - confidence).abs() < 1e-6, "{name}");
        }
        assert_eq!(decode(&[7.0, 1.0], &characters).text, "\u{fffd}");
    }
}
