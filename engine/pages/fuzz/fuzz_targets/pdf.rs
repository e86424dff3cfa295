//! Decodes bytes as a PDF file.

#![no_main]

use ivendor_pages::MediaType;
use ivendor_pages::specimens::promise;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| promise::check_as(MediaType::Pdf, bytes));
