//! The pages.

mod about;
mod figures;
mod lab;

pub(crate) use about::AboutPage;
pub(crate) use figures::FiguresPage;
pub(crate) use lab::LabPage;
