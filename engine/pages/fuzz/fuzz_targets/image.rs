//! Decodes bytes as a picture, of the type that the first byte chooses.

#![no_main]

use ivendor_pages::specimens::promise;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| promise::check_image(bytes));
