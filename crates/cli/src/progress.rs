//! How far long work has come: a bar on standard error where that is a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// A bar that is full at `total` and gone when it is dropped.
pub(crate) fn bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{percent:>3} % {bar:40} {eta} left");
    ProgressBar::new(total)
        .with_style(style.expect("the template is written here"))
        .with_finish(ProgressFinish::AndClear)
}

/// A number that rises, and what it counts.
pub(crate) fn counter(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{pos} {msg}");
    ProgressBar::new_spinner()
        .with_style(style.expect("the template is written here"))
        .with_message(what)
        .with_finish(ProgressFinish::AndClear)
}
