//! The faces that documents are set in, all compiled in from packages of open fonts.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, OutlinedGlyph, PxScale, ScaleFont, point};

/// One face of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Face {
    /// Noto Sans Regular.
    Sans,
    /// Noto Sans Bold.
    SansBold,
    /// Noto Sans Italic.
    SansItalic,
    /// Ubuntu Light.
    Light,
    /// DejaVu Sans Condensed.
    Condensed,
    /// DejaVu Sans Condensed Bold.
    CondensedBold,
    /// DejaVu Serif Condensed.
    Serif,
    /// DejaVu Serif Condensed Bold.
    SerifBold,
    /// DejaVu Serif Condensed Italic.
    SerifItalic,
    /// DejaVu Sans Mono.
    Mono,
    /// DejaVu Sans Mono Bold.
    MonoBold,
    /// Hack Regular, a monospaced face.
    Hack,
}

/// Faces that are set together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Family {
    /// For running text.
    pub(crate) regular: Face,
    /// For headings and totals.
    pub(crate) bold: Face,
    /// For notes.
    pub(crate) italic: Face,
}

/// What a receipt printer would use.
pub(crate) const RECEIPT_FAMILIES: [Family; 5] = [
    Family { regular: Face::Mono, bold: Face::MonoBold, italic: Face::Mono },
    Family { regular: Face::Hack, bold: Face::MonoBold, italic: Face::Hack },
    Family { regular: Face::MonoBold, bold: Face::MonoBold, italic: Face::Mono },
    Family { regular: Face::Condensed, bold: Face::CondensedBold, italic: Face::Condensed },
    Family { regular: Face::Sans, bold: Face::SansBold, italic: Face::SansItalic },
];

/// What an office would use.
pub(crate) const OFFICE_FAMILIES: [Family; 4] = [
    Family { regular: Face::Sans, bold: Face::SansBold, italic: Face::SansItalic },
    Family { regular: Face::Serif, bold: Face::SerifBold, italic: Face::SerifItalic },
    Family { regular: Face::Light, bold: Face::SansBold, italic: Face::SansItalic },
    Family { regular: Face::Condensed, bold: Face::CondensedBold, italic: Face::SansItalic },
];

const FACES: [Face; 12] = [
    Face::Sans,
    Face::SansBold,
    Face::SansItalic,
    Face::Light,
    Face::Condensed,
    Face::CondensedBold,
    Face::Serif,
    Face::SerifBold,
    Face::SerifItalic,
    Face::Mono,
    Face::MonoBold,
    Face::Hack,
];

#[expect(clippy::expect_used, reason = "the bytes are compiled in, and a test reads each face")]
static FONTS: LazyLock<Vec<FontRef<'static>>> = LazyLock::new(|| {
    let open = |face: &Face| FontRef::try_from_slice(face.bytes()).expect("a compiled-in font");
    FACES.iter().map(open).collect()
});

impl Face {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Sans => notosans::REGULAR_TTF,
            Self::SansBold => notosans::BOLD_TTF,
            Self::SansItalic => notosans::ITALIC_TTF,
            Self::Light => epaint_default_fonts::UBUNTU_LIGHT,
            Self::Condensed => dejavu::sans_condensed::regular(),
            Self::CondensedBold => dejavu::sans_condensed::bold(),
            Self::Serif => dejavu::serif_condensed::regular(),
            Self::SerifBold => dejavu::serif_condensed::bold(),
            Self::SerifItalic => dejavu::serif_condensed::italic(),
            Self::Mono => dejavu::sans_mono::regular(),
            Self::MonoBold => dejavu::sans_mono::bold(),
            Self::Hack => epaint_default_fonts::HACK_REGULAR,
        }
    }

    fn font(self) -> &'static FontRef<'static> {
        &FONTS[self as usize]
    }

    /// Whether all characters have one width.
    pub(crate) fn is_mono(self) -> bool {
        matches!(self, Self::Mono | Self::MonoBold | Self::Hack)
    }
}

/// How text is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    /// In which face.
    pub(crate) face: Face,
    /// The size of the em square in pixels.
    pub(crate) em: f32,
    /// Widens (above 1) or narrows the characters.
    pub(crate) stretch: f32,
    /// Pixels added after each character.
    pub(crate) tracking: f32,
    /// The colour, as red, green and blue.
    pub(crate) ink: [u8; 3],
}

impl Pen {
    /// Plain text of `em` pixels in `face`.
    pub(crate) fn new(face: Face, em: f32, ink: [u8; 3]) -> Self {
        Self { face, em, stretch: 1.0, tracking: 0.0, ink }
    }

    /// The same pen in another face.
    pub(crate) fn face(self, face: Face) -> Self {
        Self { face, ..self }
    }

    /// The same pen `times` as large.
    pub(crate) fn scaled(self, times: f32) -> Self {
        Self { em: self.em * times, tracking: self.tracking * times, ..self }
    }

    /// The same pen with another colour.
    pub(crate) fn ink(self, ink: [u8; 3]) -> Self {
        Self { ink, ..self }
    }

    fn scale(&self) -> PxScale {
        let font = self.face.font();
        let units = font.units_per_em().unwrap_or(1000.0);
        let y = self.em * font.height_unscaled() / units;
        PxScale { x: y * self.stretch, y }
    }

    fn advances<'a>(&self, text: &'a str) -> impl Iterator<Item = (GlyphId, f32)> + 'a {
        let font = self.face.font().as_scaled(self.scale());
        let (tracking, mut x, mut last) = (self.tracking, 0.0, None);
        text.chars().map(move |character| {
            let glyph = font.glyph_id(character);
            x += last.map_or(0.0, |last| font.kern(last, glyph));
            let start = x;
            x += font.h_advance(glyph) + tracking;
            last = Some(glyph);
            (glyph, start)
        })
    }

    /// The pixels that `text` takes from its start to the start of what would follow.
    pub(crate) fn width(&self, text: &str) -> f32 {
        let font = self.face.font().as_scaled(self.scale());
        self.advances(text).last().map_or(0.0, |(glyph, x)| x + font.h_advance(glyph))
    }

    /// `text` with its first baseline point at (`x`, `y`), glyph by glyph.
    pub(crate) fn place(&self, text: &str, x: f32, y: f32) -> Vec<OutlinedGlyph> {
        let (font, scale) = (self.face.font(), self.scale());
        self.advances(text)
            .map(|(glyph, offset)| glyph.with_scale_and_position(scale, point(x + offset, y)))
            .filter_map(|glyph| font.outline_glyph(glyph))
            .collect()
    }

    /// As much of the start of `text` as fits into `width` pixels.
    pub(crate) fn cut<'a>(&self, text: &'a str, width: f32) -> &'a str {
        let mut end = text.len();
        while end > 0 && self.width(&text[..end]) > width {
            end = text[..end].char_indices().last().map_or(0, |(start, _)| start);
        }
        text[..end].trim_end()
    }

    /// `text` broken at blanks into lines of at most `width` pixels; a longer word stands alone.
    pub(crate) fn wrap(&self, text: &str, width: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character that the word lists and formats use, and more of their kind.
    const CHARACTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\
        .,:;-/()&#*%+='\"!?@$£€_<>[]ÄÖÜäöüßÉÈÊÀÂÇÔÎéèêàâçôîûùëï°×–’";

    #[test]
    fn every_face_opens_and_has_every_character() {
        for (index, face) in FACES.iter().enumerate() {
            assert_eq!(*face as usize, index);
            let missing: String =
                CHARACTERS.chars().filter(|&c| face.font().glyph_id(c).0 == 0).collect();
            assert_eq!(missing, "", "not in {face:?}");
        }
    }

    #[test]
    fn width_grows_with_size_stretch_and_tracking() {
        let pen = Pen::new(Face::Sans, 20.0, [0; 3]);
        let width = pen.width("Total");
        assert!((pen.scaled(2.0).width("Total") / width - 2.0).abs() < 0.01);
        assert!((Pen { stretch: 1.5, ..pen }.width("Total") / width - 1.5).abs() < 0.01);
        let tracked = Pen { tracking: 3.0, ..pen }.width("Total");
        assert!((tracked - width - 12.0).abs() < 0.01);
        let mono = Pen::new(Face::Mono, 20.0, [0; 3]);
        assert_eq!(mono.width("iii"), mono.width("MMM"));
    }

    #[test]
    fn text_is_cut_and_wrapped_to_its_width() {
        let pen = Pen::new(Face::Mono, 20.0, [0; 3]);
        let ten = pen.width("0123456789") + 0.5;
        assert_eq!(pen.cut("Brötchen frisch", ten), "Brötchen f");
        assert_eq!(pen.wrap("No. 12, Jalan Melur 3", ten), ["No. 12,", "Jalan", "Melur 3"]);
    }
}
