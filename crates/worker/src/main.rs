//! The engine's entry: Trunk builds it beside the page.

fn main() {
    worker::engine::start();
}
