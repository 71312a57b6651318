//! The same run gives the same hashes in a browser's worker as natively.
#![cfg(target_arch = "wasm32")]

mod reference;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn hashes_are_those_of_the_native_run() {
    reference::check();
}
