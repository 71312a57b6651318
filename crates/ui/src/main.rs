//! The page's entry.

fn main() {
    ui::start();
}
