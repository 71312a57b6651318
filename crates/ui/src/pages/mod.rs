//! The pages.

mod about;
mod lab;

pub(crate) use about::AboutPage;
pub(crate) use lab::LabPage;
