#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| posthog_node_native_fuzz::server_dates::check(data));
