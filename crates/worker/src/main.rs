//! The worker's entry: Trunk builds it beside the page.

fn main() {
    worker::start();
}
