//! The hashes that the browsers must give are those of the native run.
#![cfg(not(target_arch = "wasm32"))]

mod reference;

#[test]
fn hashes_are_the_ones_written_down() {
    reference::check();
}
