//! The frame that is shown, and slower copies of it for what is read and not watched.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use gloo::utils::window;
use protocol::{Described, Frame, Series};
use yew::prelude::*;

/// A frame with the number of the request that it answers.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) request: u32,
    pub(crate) frame: Rc<Frame>,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.request == other.request
            && self.frame.event == other.frame.event
            && self.frame.now_ns == other.frame.now_ns
    }
}

/// The newest frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Newest(pub(crate) Option<Shown>);

/// A frame at most five times a second while a run plays: for figures and lists.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paced(pub(crate) Option<Shown>);

/// How the run fares over its time, as it was told last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeriesShown(pub(crate) Option<Rc<Series>>);

/// The parameters of a scenario, as they were told last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DescribedShown(pub(crate) Option<Rc<Described>>);

/// The newest frame, up to sixty times a second.
#[hook]
pub(crate) fn use_frame() -> Option<Rc<Frame>> {
    let newest = use_context::<Newest>().expect("the app provides frames");
    newest.0.map(|shown| shown.frame)
}

/// A frame that changes slowly enough to be read.
#[hook]
pub(crate) fn use_paced_frame() -> Option<Rc<Frame>> {
    let paced = use_context::<Paced>().expect("the app provides frames");
    paced.0.map(|shown| shown.frame)
}

/// Passes a value on at most once in `period_ms`, the newest at last; or at once. Either way in a task
/// of its own, after what shows the value as it comes.
#[hook]
pub(crate) fn use_pace<T>(value: T, period_ms: f64, at_once: bool) -> T
where
    T: Clone + PartialEq + 'static,
{
    let passed = use_state_eq(|| value.clone());
    let memory = use_mut_ref(|| Memory {
        passed_at: f64::NEG_INFINITY,
        due: None,
        newest: value.clone(),
    });
    let setter = passed.setter();
    use_effect_with((value, at_once), move |(value, at_once)| {
        let now = now_ms();
        let mut open = memory.borrow_mut();
        open.newest = value.clone();
        let due = if *at_once {
            now
        } else {
            now.max(open.passed_at + period_ms)
        };
        if open.due.as_ref().is_none_or(|(known, _)| due < *known) {
            let memory = Rc::clone(&memory);
            let wait = u32::try_from(plot::whole(due - now)).unwrap_or(u32::MAX);
            let timeout = Timeout::new(wait, move || pass_on(&memory, &setter));
            open.due = Some((due, timeout));
        }
    });
    (*passed).clone()
}

struct Memory<T> {
    passed_at: f64,
    /// When the newest value is passed on, and what does it.
    due: Option<(f64, Timeout)>,
    newest: T,
}

fn pass_on<T: Clone + PartialEq>(memory: &RefCell<Memory<T>>, setter: &UseStateSetter<T>) {
    let mut open = memory.borrow_mut();
    open.due = None;
    open.passed_at = now_ms();
    setter.set(open.newest.clone());
}

/// The wall clock, in milliseconds since the page began.
pub(super) fn now_ms() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}
