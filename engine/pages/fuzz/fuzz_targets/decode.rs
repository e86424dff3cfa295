//! Decodes any bytes, by the type that they seem to be.

#![no_main]

use ivendor_pages::specimens::promise;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| promise::check_decode(bytes));
