//! Writes PDF files by hand, so that they can be wrong.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// A PDF file under construction. Object 1 is the catalogue.
pub(super) struct PdfFile {
    objects: Vec<Vec<u8>>,
}

impl PdfFile {
    /// A file with these objects, from 1.
    pub(super) fn new(objects: &[&str]) -> Self {
        Self { objects: objects.iter().map(|o| o.as_bytes().to_vec()).collect() }
    }

    /// A file of one page: 1 the catalogue, 2 the pages, 3 the page with these further entries,
    /// 4 its operators. What is pushed comes from 5 on.
    pub(super) fn page(entries: &str, operators: &[u8]) -> Self {
        let page = format!("<< /Type /Page /Parent 2 0 R /Contents 4 0 R {entries} >>");
        let mut file = Self::new(&[
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 300 200] >>",
            &page,
        ]);
        file.push(stream("", operators));
        file
    }

    /// Adds an object and gives the file back.
    pub(super) fn with(mut self, object: impl Into<Vec<u8>>) -> Self {
        self.push(object.into());
        self
    }

    fn push(&mut self, object: Vec<u8>) {
        self.objects.push(object);
    }

    /// The file, with these further entries in its trailer.
    pub(super) fn finish(&self, trailer: &str) -> Vec<u8> {
        let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.objects.len() + 1);
        for (index, object) in self.objects.iter().enumerate() {
            table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
            bytes.extend(format!("{} 0 obj\n", index + 1).bytes());
            bytes.extend(object);
            bytes.extend(b"\nendobj\n");
        }
        let start = bytes.len();
        let size = self.objects.len() + 1;
        bytes.extend(table.bytes());
        let end = format!(
            "trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
        );
        bytes.extend(end.bytes());
        bytes
    }

    /// The file with a plain trailer.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.finish("")
    }
}

/// A stream with these further entries in its dictionary.
pub(super) fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut object = format!("<< {entries} /Length {} >>\nstream\n", data.len()).into_bytes();
    object.extend(data);
    object.extend(b"\nendstream");
    object
}

/// A deflated stream with these further entries in its dictionary.
pub(super) fn deflated(entries: &str, data: &[u8]) -> Vec<u8> {
    stream(&format!("{entries} /Filter /FlateDecode"), &deflate(data))
}

/// Data as a zlib stream.
pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

/// So many zero bytes as a zlib stream, made without holding them.
pub(super) fn deflated_zeros(count: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let piece = vec![0; 1 << 20];
    for _ in 0..count.div_ceil(piece.len()) {
        let _ = encoder.write_all(&piece);
    }
    encoder.finish().unwrap_or_default()
}

/// Operators that show some lines of text in the font `F0`.
pub(super) fn text_operators(lines: &[&str]) -> Vec<u8> {
    let mut operators = "BT /F0 12 Tf 14 TL 20 170 Td ".to_owned();
    for line in lines {
        operators.push_str(&format!("({line}) Tj T* "));
    }
    operators.push_str("ET");
    operators.into_bytes()
}

/// Entries of a page that name Helvetica as `F0`.
pub(super) const HELVETICA: &str =
    "/Resources << /Font << /F0 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";
