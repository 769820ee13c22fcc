//! Tells the linker about Node-API, only when the addon is built.

fn main() {
    // Cargo would build the crate anew for any change of any file otherwise, of a document or a script.
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_NAPI").is_some() {
        napi_build::setup();
    }
}
