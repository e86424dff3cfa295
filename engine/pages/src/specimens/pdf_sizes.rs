//! PDF files that would take more time or memory than a document may.

use crate::specimens::Specimen;
use crate::specimens::pdf_file::{HELVETICA, PdfFile, deflate, deflated, deflated_zeros, stream};

/// Bytes that a small stream blows up to; more than any page may weigh.
const BOMB_BYTES: usize = 400 << 20;

pub(super) fn specimens() -> Vec<Specimen> {
    let mut all = boxes();
    all.extend(bombs());
    all.extend(pictures());
    all.extend(nests());
    all.extend(crowds());
    all.extend(shapes());
    all
}

fn boxes() -> Vec<Specimen> {
    let of = |name: &str, media_box: &str| {
        let file = PdfFile::page(&format!("/MediaBox {media_box}"), b"0 0 99 99 re f");
        Specimen::open(format!("PDF page {name}"), file.bytes())
    };
    vec![
        of("of a million points", "[0 0 1000000 1000000]"),
        of("of a billion points", "[0 0 1000000000 1000000000]"),
        of("of more than numbers hold", &format!("[0 0 1{0} 1{0}]", "0".repeat(400))),
        of("of no area", "[0 0 0 0]"),
        of("of no height", "[0 0 300 0]"),
        of("of less than nothing", "[300 200 -300 -200]"),
        of("of one point", "[0 0 1 1]"),
        of("of a thousandth of a point", "[0 0 0.001 0.001]"),
        of("that is a strip", "[0 0 100000 20]"),
        of("far away", "[1000000000 1000000000 1000000300 1000000200]"),
        of("of three numbers", "[0 0 300]"),
        of("of texts", "[(a) (b) (c) (d)]"),
        of("of nested lists", "[[0 0] [300 200]]"),
        of("cropped to nothing", "[0 0 300 200] /CropBox [900 900 999 999]"),
        of("turned by 45 degrees", "[0 0 300 200] /Rotate 45"),
        of("turned by very much", "[0 0 300 200] /Rotate 99999999999999999999"),
        of("of units of a million", "[0 0 300 200] /UserUnit 1000000"),
    ]
}

fn bombs() -> Vec<Specimen> {
    let bomb = deflated_zeros(BOMB_BYTES);
    let twice = deflate(&bomb);
    let at_page = |object: Vec<u8>| PdfFile::page("/Contents 5 0 R", b"").with(object).bytes();
    let hex: Vec<u8> = bomb.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect();
    let runs = [0x81, 0].repeat(600_000);
    let objects = "/Type /ObjStm /N 1 /First 4";
    vec![
        Specimen::too_large("PDF with a bomb for its operators", {
            at_page(stream("/Filter /FlateDecode", &bomb))
        }),
        Specimen::too_large("PDF with a bomb in a bomb", {
            at_page(stream("/Filter [/FlateDecode /FlateDecode]", &twice))
        }),
        Specimen::too_large("PDF with a bomb in hexadecimal", {
            at_page(stream("/Filter [/ASCIIHexDecode /FlateDecode]", &hex))
        }),
        Specimen::too_large("PDF with a bomb for its objects", {
            at_page(stream(&format!("{objects} /Filter /FlateDecode"), &bomb))
        }),
        Specimen::too_large("PDF with a bomb for its table", {
            at_page(stream("/Type /XRef /W [1 2 1] /Filter /FlateDecode", &bomb))
        }),
        Specimen::too_large("PDF with long runs for its operators", {
            at_page(stream("/Filter /RunLengthDecode", &runs))
        }),
        Specimen::open("PDF of a hundred filters", {
            at_page(stream(&format!("/Filter [{}]", "/ASCIIHexDecode ".repeat(100)), b"00>"))
        }),
        Specimen::damaged("PDF with deflated operators that break off", {
            let whole = deflate(&b"0 0 9 9 re f ".repeat(1000));
            at_page(stream("/Filter /FlateDecode", &whole[..whole.len() / 2]))
        }),
    ]
}

fn pictures() -> Vec<Specimen> {
    let page =
        || PdfFile::page("/Resources << /XObject << /X0 5 0 R >> >>", b"99 0 0 99 0 0 cm /X0 Do");
    let image = |entries: &str, data: &[u8]| {
        let entries = format!("/Type /XObject /Subtype /Image {entries}");
        page().with(stream(&entries, data)).bytes()
    };
    let grey = "/ColorSpace /DeviceGray /BitsPerComponent 8";
    let mut jpx = b"\xff\x4f\xff\x51\0\x2f\0\0".to_vec();
    for side in [60_000_u32, 60_000, 0, 0, 60_000, 60_000, 0, 0] {
        jpx.extend(side.to_be_bytes());
    }
    jpx.extend(b"\0\x03\x07\x01\x01\x07\x01\x01\x07\x01\x01");
    let mut jbig2 = b"\0\0\0\0\x30\0\x01\0\0\0\x13".to_vec();
    jbig2.extend([60_000_u32.to_be_bytes(), 60_000_u32.to_be_bytes()].concat());
    jbig2.extend([0; 11]);
    vec![
        Specimen::too_large("PDF of a picture of 60,000 x 60,000", {
            image(&format!("/Width 60000 /Height 60000 {grey}"), b"x")
        }),
        Specimen::too_large("PDF of a picture of 4 billion x 4 billion", {
            image(&format!("/Width 4294967295 /Height 4294967295 {grey}"), b"x")
        }),
        Specimen::too_large("PDF of a picture with a bomb for its pixels", {
            let bomb = deflated_zeros(64 << 20);
            image(&format!("/Width 64 /Height 64 /Filter /FlateDecode {grey}"), &bomb)
        }),
        Specimen::too_large("PDF of a fax of 60,000 x 60,000", {
            let entries = "/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 60000 >>";
            image(&format!("/Width 64 /Height 60000 {entries} {grey}"), &[0; 64])
        }),
        Specimen::too_large("PDF of a JPEG 2000 of 60,000 x 60,000", {
            image("/Width 64 /Height 64 /Filter /JPXDecode", &jpx)
        }),
        Specimen::too_large("PDF of a JBIG2 of 60,000 x 60,000", {
            image(&format!("/Width 64 /Height 64 /Filter /JBIG2Decode {grey}"), &jbig2)
        }),
        Specimen::too_large("PDF of an inline picture of 60,000 x 60,000", {
            let operators = b"99 0 0 99 0 0 cm BI /W 60000 /H 60000 /BPC 8 /CS /G ID xxxx EI";
            PdfFile::page("", operators).bytes()
        }),
        Specimen::damaged("PDF of a JPEG that is none", {
            image(&format!("/Width 64 /Height 64 /Filter /DCTDecode {grey}"), b"no picture")
        }),
        Specimen::open(
            "PDF of a picture of no width",
            image(&format!("/Width 0 /Height 9 {grey}"), b"x"),
        ),
        Specimen::open("PDF of a picture of half its pixels", {
            image(&format!("/Width 64 /Height 64 {grey}"), &[0; 2048])
        }),
    ]
}

fn nests() -> Vec<Specimen> {
    let deep = |open: &str, close: &str, count: usize| {
        format!("{}{}", open.repeat(count), close.repeat(count)).into_bytes()
    };
    let operators =
        |bytes: &[u8]| PdfFile::page("/Contents 5 0 R", b"").with(deflated("", bytes)).bytes();
    let object = |bytes: Vec<u8>| PdfFile::page("/Resources 5 0 R", b"").with(bytes).bytes();
    vec![
        Specimen::open("PDF of 10,000 nested lists", object(deep("[", "]", 10_000))),
        Specimen::open("PDF of 10,000 nested dictionaries", object(deep("<</A ", ">>", 10_000))),
        Specimen::open("PDF of 10,000 open lists", object(deep("[", "", 10_000))),
        Specimen::open("PDF of 10,000 nested texts", object(deep("(", ")", 10_000))),
        Specimen::open(
            "PDF of 10,000 nested lists among operators",
            operators(&deep("[", "]", 10_000)),
        ),
        Specimen::open(
            "PDF of 10,000 dictionaries among operators",
            operators(&deep("<</A ", ">>", 10_000)),
        ),
        Specimen::open("PDF of 10,000 saved states", operators(&deep("q ", "Q ", 10_000))),
        Specimen::too_large("PDF of 4 million saved states", operators(&deep("q ", "", 4_000_000))),
        Specimen::open(
            "PDF of a million states not restored",
            operators(&deep("", "Q ", 1_000_000)),
        ),
        Specimen::open("PDF of 10,000 marked parts", operators(&deep("/P BMC ", "EMC ", 10_000))),
        Specimen::open("PDF of 10,000 texts begun", operators(&deep("BT ", "ET ", 10_000))),
        Specimen::open("PDF of a program nested 10,000 deep", {
            let function = "/FunctionType 4 /Domain [0 1] /Range [0 1]";
            let shading = "/Resources << /Shading << /S0 << /ShadingType 2 /ColorSpace /DeviceGray \
                           /Coords [0 0 300 0] /Function 5 0 R >> >> >>";
            let file = PdfFile::page(shading, b"/S0 sh");
            file.with(stream(function, &deep("{ ", "} ", 10_000))).bytes()
        }),
    ]
}

fn crowds() -> Vec<Specimen> {
    let kids = |count: usize, kid: &str| {
        let pages =
            format!("<< /Type /Pages /Kids [{}] /MediaBox [0 0 99 99] >>", kid.repeat(count));
        PdfFile::new(&["<< /Type /Catalog /Pages 2 0 R >>", &pages]).bytes()
    };
    let operators = |piece: &str, count: usize| {
        let bytes = piece.repeat(count).into_bytes();
        PdfFile::page(&format!("{HELVETICA} /Contents 5 0 R"), b"")
            .with(deflated("", &bytes))
            .bytes()
    };
    vec![
        Specimen::too_large("PDF of 21 pages", kids(21, "<< /Type /Page >>")),
        Specimen::too_large("PDF of 5,000 pages", kids(5_000, "<< /Type /Page >>")),
        Specimen::too_large("PDF of a million pages", kids(1_000_000, "<<>>")),
        Specimen::too_large(
            "PDF that draws 2.1 million things",
            operators("0 0 9 9 re f ", 2_100_000),
        ),
        Specimen::too_large(
            "PDF that fills its page 20,000 times",
            operators("0 0 300 200 re f ", 20_000),
        ),
        Specimen::too_large(
            "PDF of 200,000 lines across",
            operators("0 0 m 300 200 l S ", 200_000),
        ),
        Specimen::too_large(
            "PDF of a million letters",
            operators("BT /F0 9 Tf (aaaaaaaaaa) Tj ET ", 100_000),
        ),
        Specimen::too_large("PDF of a path of 200,000 points", {
            let path = format!("0 0 m {} S", "9 9 l 200 100 l ".repeat(100_000));
            PdfFile::page("", path.as_bytes()).bytes()
        }),
    ]
}

fn shapes() -> Vec<Specimen> {
    let of = |name: &str, operators: &str| {
        Specimen::open(
            format!("PDF that draws {name}"),
            PdfFile::page(HELVETICA, operators.as_bytes()).bytes(),
        )
    };
    let line =
        |dash: &str| PdfFile::page("", format!("{dash} 0 0 m 300 200 l S").as_bytes()).bytes();
    let tile = |step: &str| {
        let resources = "/Resources << /Pattern << /P0 5 0 R >> >>";
        let entries = format!(
            "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep {step} /YStep {step}"
        );
        PdfFile::page(resources, b"/Pattern cs /P0 scn 0 0 300 200 re f")
            .with(stream(&entries, b"0 0 5 5 re f"))
            .bytes()
    };
    vec![
        of("a line of dashes of no length", "[0 0] 0 d 0 0 m 300 200 l S"),
        of("a line a billion wide", "1000000000 w 0 0 m 300 200 l S"),
        of("far outside", "1e30 0 0 1e30 0 0 cm 0 0 99999999999999999999 9 re f"),
        of("with a matrix of zeros", "0 0 0 0 0 0 cm 0 0 9 9 re f 0 0 m 9 9 l S"),
        of("letters a million high", "BT /F0 1000000 Tf 20 20 Td (abc) Tj ET"),
        of("letters a millionth high", "BT /F0 0.000001 Tf 20 20 Td (abc) Tj ET"),
        of("letters far apart", "BT /F0 9 Tf 1e9 Tc 1e9 Tw 1e9 Tz (a b c) Tj ET"),
        Specimen::too_large("PDF of a billion dashes", line("[0.0000001] 0 d")),
        Specimen::too_large("PDF of dashes from far away", line("[1] 1000000000 d")),
        Specimen::too_large("PDF of letters of a billion dashes", {
            let show = b"[0.0000001] 0 d BT 1 Tr /F0 99 Tf 20 20 Td (abc) Tj ET";
            PdfFile::page(HELVETICA, show).bytes()
        }),
        Specimen::damaged("PDF of dashes below zero", line("[-1 -2] -9 d")),
        Specimen::open("PDF of tiles a millionth apart", tile("0.000001")),
        Specimen::open("PDF of tiles below zero apart", tile("-9")),
        Specimen::open("PDF of tiles a billion apart", tile("1000000000")),
    ]
}
