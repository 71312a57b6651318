//! The entry of what does jobs: Trunk builds it beside the page.

fn main() {
    worker::jobs::start();
}
