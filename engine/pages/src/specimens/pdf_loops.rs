//! PDF files that are encrypted, that lack a part, or in which something leads back to itself.

use crate::specimens::Specimen;
use crate::specimens::pdf_file::{HELVETICA, PdfFile, deflated, stream, text_operators};

pub(super) fn specimens() -> Vec<Specimen> {
    let mut all = encrypted();
    all.extend(trees());
    all.extend(tables());
    all.extend(drawings());
    all.extend(resources());
    all.extend(missing());
    all
}

fn encrypted() -> Vec<Specimen> {
    let file = PdfFile::page(HELVETICA, &text_operators(&["secret"]));
    let zeros = "00".repeat(32);
    let long = "00".repeat(48);
    let id = "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]";
    let with = |dictionary: &str| file.finish(&format!("{id} /Encrypt << {dictionary} >>"));
    let rc4 = format!("/Filter /Standard /O <{zeros}> /U <{zeros}> /P -44");
    let aes = format!(
        "/Filter /Standard /V 5 /R 6 /Length 256 /O <{long}> /U <{long}> \
         /OE <{zeros}> /UE <{zeros}> \
         /Perms <{}> /P -44 /StmF /StdCF /StrF /StdCF \
         /CF << /StdCF << /CFM /AESV3 /Length 32 /AuthEvent /DocOpen >> >>",
        "00".repeat(16)
    );
    vec![
        Specimen::encrypted("PDF behind RC4 of 40 bits", with(&format!("{rc4} /V 1 /R 2"))),
        Specimen::encrypted(
            "PDF behind RC4 of 128 bits",
            with(&format!("{rc4} /V 2 /R 3 /Length 128")),
        ),
        Specimen::encrypted("PDF behind AES of 256 bits", with(&aes)),
        Specimen::encrypted("PDF behind a public key", {
            with("/Filter /Adobe.PubSec /V 4 /SubFilter /adbe.pkcs7.s5")
        }),
        Specimen::encrypted(
            "PDF behind a cipher that there is not",
            with(&format!("{rc4} /V 99 /R 99")),
        ),
        Specimen::open("PDF whose encryption is empty", with("")),
    ]
}

fn trees() -> Vec<Specimen> {
    let catalogue = "<< /Type /Catalog /Pages 2 0 R >>";
    let leaf = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>";
    let of = |objects: &[&str]| PdfFile::new(objects).bytes();
    vec![
        Specimen::damaged("PDF whose pages hold themselves", {
            of(&[catalogue, "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"])
        }),
        Specimen::damaged("PDF whose pages hold each other", {
            of(&[
                catalogue,
                "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                "<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 3 0 R >>",
            ])
        }),
        Specimen::damaged("PDF of one page a thousand times", {
            let kids = "3 0 R ".repeat(1000);
            of(&[catalogue, &format!("<< /Type /Pages /Kids [{kids}] /Count 1000 >>"), leaf])
        }),
        Specimen::open("PDF whose list of pages is itself", {
            of(&[catalogue, "<< /Type /Pages /Kids 3 0 R /Count 1 >>", "3 0 R"])
        }),
        Specimen::open("PDF whose catalogue is itself", of(&["1 0 R"])),
        Specimen::open(
            "PDF whose pages are its catalogue",
            of(&["<< /Type /Catalog /Pages 1 0 R >>"]),
        ),
        Specimen::open("PDF whose page is its own parent", {
            of(&[
                catalogue,
                "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                "<< /Type /Page /Parent 3 0 R /MediaBox 3 0 R /Resources 3 0 R /Contents 3 0 R >>",
            ])
        }),
    ]
}

fn tables() -> Vec<Specimen> {
    let sound = PdfFile::page(HELVETICA, &text_operators(&["looped"])).bytes();
    let text = String::from_utf8_lossy(&sound).into_owned();
    let start = sound.windows(5).rposition(|w| w == b"xref\n").unwrap_or(0);
    let table = sound.windows(6).position(|w| w == b"xref\n0").unwrap_or(start);
    let previous = |offset: usize| {
        let file = PdfFile::page(HELVETICA, &text_operators(&["looped"]));
        file.finish(&format!("/Prev {offset:010}"))
    };
    let replaced = |from: &str, to: &str| text.replace(from, to).into_bytes();
    let stated = format!("startxref\n{table}");
    vec![
        Specimen::open("PDF whose table follows itself", previous(table)),
        Specimen::open("PDF whose table follows the header", previous(0)),
        Specimen::open("PDF whose table follows nothing", previous(9_999_999)),
        Specimen::open("PDF whose table is elsewhere", replaced(&stated, "startxref\n17")),
        Specimen::open(
            "PDF whose table is outside",
            replaced(&stated, "startxref\n99999999999999999999"),
        ),
        Specimen::open("PDF whose table is below zero", replaced(&stated, "startxref\n-1")),
        Specimen::open("PDF whose table is too long", replaced("xref\n0 5", "xref\n0 4000000000")),
        Specimen::open("PDF whose table hides its root", replaced("/Root 1 0 R", "/Root 9 0 R")),
        Specimen::open("PDF whose stream holds its own table", {
            let entries = "/Type /XRef /Size 9 /W [1 2 1] /Root 1 0 R /Prev 9 /XRefStm 9";
            PdfFile::page("", b"").with(deflated(entries, &[1; 36])).finish("/XRefStm 9")
        }),
        Specimen::open("PDF whose objects are in a stream in itself", {
            let entries = "/Type /ObjStm /N 2 /First 8 /Extends 5 0 R";
            PdfFile::page("", b"").with(stream(entries, b"5 0 6 1 5 0 R 6 0 R")).bytes()
        }),
    ]
}

/// A form that draws what its operators say, with these further entries.
fn form(entries: &str, operators: &str) -> Vec<u8> {
    let entries = format!("/Type /XObject /Subtype /Form /BBox [0 0 300 200] {entries}");
    stream(&entries, operators.as_bytes())
}

fn drawings() -> Vec<Specimen> {
    let x0 = "/Resources << /XObject << /X0 5 0 R >> >>";
    let both = "/Resources << /XObject << /X0 5 0 R /X1 6 0 R >> >>";
    let pattern = "/Resources << /Pattern << /P0 5 0 R >> >>";
    let tile = "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 \
                /BBox [0 0 9 9] /XStep 9 /YStep 9";
    let fill = b"/Pattern cs /P0 scn 0 0 300 200 re f";
    let mask = "/Resources << /ExtGState << /G0 << /SMask << /S /Luminosity /G 5 0 R >> >> >> >>";
    let group = "/Group << /S /Transparency /CS /DeviceGray >>";
    let drawn = "/Resources << /Font << /F0 5 0 R >> >>";
    let letters = "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] \
                   /FontMatrix [0.1 0 0 0.1 0 0] \
                   /CharProcs << /a 6 0 R >> /Encoding << /Differences [97 /a] >> /FirstChar 97 \
                   /LastChar 97 /Widths [9] /Resources << /Font << /F0 5 0 R >> >> >>";
    vec![
        Specimen::open("PDF of a form that draws itself", {
            PdfFile::page(x0, b"/X0 Do").with(form(x0, "/X0 Do /X0 Do")).bytes()
        }),
        Specimen::open("PDF of two forms that draw each other", {
            let page = PdfFile::page(both, b"/X0 Do");
            page.with(form(both, "/X1 Do /X1 Do")).with(form(both, "/X0 Do /X0 Do")).bytes()
        }),
        Specimen::too_large("PDF of forms that draw ten others each", {
            let of = |n: usize| format!("/Resources << /XObject << /X0 {n} 0 R >> >>");
            let many = "/X0 Do ".repeat(10);
            let last = form("", "0 0 9 9 re f");
            (6..16)
                .fold(PdfFile::page(&of(5), b"/X0 Do"), |file, n| file.with(form(&of(n), &many)))
                .with(last)
                .bytes()
        }),
        Specimen::open("PDF of a pattern made of itself", {
            let entries = format!("{tile} {pattern}");
            PdfFile::page(pattern, fill).with(stream(&entries, fill)).bytes()
        }),
        Specimen::open("PDF of a mask made of itself", {
            let page = PdfFile::page(mask, b"/G0 gs 0 0 300 200 re f");
            page.with(form(&format!("{mask} {group}"), "/G0 gs 0 0 99 99 re f")).bytes()
        }),
        Specimen::open("PDF of a letter drawn with itself", {
            let page = PdfFile::page(drawn, b"BT /F0 20 Tf 20 20 Td (aaa) Tj ET");
            page.with(letters).with(stream("", b"9 0 d0 BT /F0 1 Tf (aa) Tj ET")).bytes()
        }),
        Specimen::open("PDF of a note that looks like itself", {
            let note =
                "/Annots [<< /Type /Annot /Subtype /Stamp /Rect [0 0 99 99] /AP << /N 5 0 R >> >>]";
            PdfFile::page(note, b"").with(form(x0, "/X0 Do")).bytes()
        }),
        Specimen::open("PDF whose operators are a list of itself", {
            PdfFile::page("/Contents 5 0 R", b"").with("[5 0 R 5 0 R]").bytes()
        }),
    ]
}

fn resources() -> Vec<Specimen> {
    let space = "/Resources << /ColorSpace << /C0 5 0 R >> >>";
    let paint = b"/C0 cs 0 scn 0 0 300 200 re f";
    let of = |object: &str| PdfFile::page(space, paint).with(object).bytes();
    let shading = "/Resources << /Shading << /S0 << /ShadingType 2 /ColorSpace /DeviceGray \
                   /Coords [0 0 300 0] /Function 5 0 R >> >> >>";
    let stitched = "<< /FunctionType 3 /Domain [0 1] /Functions [5 0 R 5 0 R] \
                    /Bounds [0.5] /Encode [0 1 0 1] >>";
    let font = "/Resources << /Font << /F0 5 0 R >> >>";
    let show = b"BT /F0 12 Tf 20 20 Td (abc) Tj ET";
    vec![
        Specimen::open("PDF of a palette over itself", of("[/Indexed 5 0 R 1 <000000ffffff>]")),
        Specimen::open("PDF of a pattern space over itself", of("[/Pattern 5 0 R]")),
        Specimen::open("PDF of a spot colour over itself", {
            let tint = "<< /FunctionType 2 /Domain [0 1] /N 1 >>";
            of(&format!("[/Separation /Spot 5 0 R {tint}]"))
        }),
        Specimen::open("PDF of inks over themselves", {
            let tint = "<< /FunctionType 2 /Domain [0 1] /N 1 >>";
            of(&format!("[/DeviceN [/A] 5 0 R {tint}]"))
        }),
        Specimen::open("PDF of two palettes over each other", {
            PdfFile::page(space, paint)
                .with("[/Indexed 6 0 R 1 <000000ffffff>]")
                .with("[/Indexed 5 0 R 1 <000000ffffff>]")
                .bytes()
        }),
        Specimen::open("PDF of a profile instead of itself", {
            PdfFile::page(space, paint)
                .with("[/ICCBased 6 0 R]")
                .with(stream("/N 3 /Alternate [/ICCBased 6 0 R]", b"no profile"))
                .bytes()
        }),
        Specimen::open("PDF of a colour space that is a reference to itself", of("5 0 R")),
        Specimen::open("PDF of a function stitched of itself", {
            PdfFile::page(shading, b"/S0 sh").with(stitched).bytes()
        }),
        Specimen::open("PDF of a list of functions of itself", {
            PdfFile::page(shading, b"/S0 sh").with("[5 0 R 5 0 R]").bytes()
        }),
        Specimen::open("PDF of a font made of itself", {
            let object = "<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding /Identity-H \
                          /DescendantFonts [5 0 R] /ToUnicode 5 0 R >>";
            PdfFile::page(font, show).with(object).bytes()
        }),
        Specimen::open("PDF of a table of letters that uses itself", {
            let object = "<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding 6 0 R \
                          /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 \
                          /BaseFont /F >>] /ToUnicode 6 0 R >>";
            let table =
                stream("/Type /CMap /CMapName /Own /UseCMap 6 0 R", b"/Own usecmap endcmap");
            PdfFile::page(font, show).with(object).with(table).bytes()
        }),
        Specimen::open("PDF of a stream as long as itself", {
            let own = b"<< /Length 5 0 R >>\nstream\n0 0 9 9 re f\nendstream".to_vec();
            PdfFile::page("/Contents 5 0 R", b"").with(own).bytes()
        }),
        Specimen::open("PDF of a picture masked by itself", {
            let entries = "/Subtype /Image /Width 16 /Height 16 /ColorSpace /DeviceGray \
                           /BitsPerComponent 8 /SMask 5 0 R /Mask 5 0 R";
            let page = PdfFile::page("/Resources << /XObject << /X0 5 0 R >> >>", b"/X0 Do");
            page.with(stream(entries, &[99; 256])).bytes()
        }),
        Specimen::open("PDF of layers that hold themselves", {
            let own = "<< /Type /OCMD /OCGs [5 0 R] /VE [/And 5 0 R [/Not 5 0 R]] >>";
            let layer = "/Resources << /Properties << /L0 5 0 R >> >>";
            PdfFile::page(layer, b"/OC /L0 BDC 0 0 9 9 re f EMC").with(own).bytes()
        }),
    ]
}

fn missing() -> Vec<Specimen> {
    let catalogue = "<< /Type /Catalog /Pages 2 0 R >>";
    let of = |objects: &[&str]| PdfFile::new(objects).bytes();
    vec![
        Specimen::damaged("PDF without objects", of(&[])),
        Specimen::damaged("PDF without pages", of(&[catalogue])),
        Specimen::damaged("PDF whose catalogue is empty", of(&["<< >>"])),
        Specimen::damaged(
            "PDF whose pages are none",
            of(&[catalogue, "<< /Type /Pages /Kids [] /Count 5 >>"]),
        ),
        Specimen::damaged("PDF whose page is not there", {
            of(&[catalogue, "<< /Type /Pages /Kids [7 0 R] /Count 1 >>"])
        }),
        Specimen::open("PDF whose pages are a number", of(&[catalogue, "42"])),
        Specimen::open(
            "PDF whose page is a text",
            of(&[catalogue, "<< /Kids [3 0 R] >>", "(page)"]),
        ),
        Specimen::open("PDF whose operators are not there", {
            PdfFile::page("/Contents 9 0 R", b"").bytes()
        }),
        Specimen::damaged("PDF whose operators are no deflated stream", {
            PdfFile::page("/Contents 5 0 R", b"")
                .with(stream("/Filter /FlateDecode", b"nothing"))
                .bytes()
        }),
    ]
}
