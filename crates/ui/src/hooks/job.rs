//! A job: in a worker of its own, which begins and ends with it, so that the run in the lab goes on
//! undisturbed. The program that does jobs is loaded with the first.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::{Event, Job};

use super::user_files::UserFile;
use super::wire::{Incoming, Program, Wire};

/// The number of the one request that such a worker is sent.
pub(super) const REQUEST: u32 = 1;

/// A job under way.
pub(super) struct Running(Rc<RefCell<Option<Wire>>>);

impl Running {
    /// Begins a job. What its worker answers is heard, or that it broke; after that only
    /// [`Self::cut`] is left to do.
    pub(super) fn begin(
        job: Job,
        files: Rc<[UserFile]>,
        heard: impl Fn(Incoming) + Clone + 'static,
    ) -> Result<Self, String> {
        let slot = Rc::new(RefCell::new(None::<Wire>));
        let weak = Rc::downgrade(&slot);
        let listen = move |incoming| match incoming {
            Incoming::Said(Event::Ready { model }, _) => {
                let given = if model == protocol::MODEL {
                    weak.upgrade().map_or(Ok(()), |slot| {
                        let wire = slot.borrow();
                        wire.as_ref().map_or(Ok(()), |wire| wire.give(job, &files))
                    })
                } else {
                    Err(format!("model {model}, expected {}", protocol::MODEL))
                };
                if let Err(text) = given {
                    heard(Incoming::Broke(text));
                }
            }
            Incoming::Said(Event::Panicked { text }, _) => heard(Incoming::Broke(text)),
            Incoming::Said(..) | Incoming::Broke(_) => heard(incoming),
        };
        *slot.borrow_mut() = Some(Wire::open(Program::Jobs, listen)?);
        Ok(Self(slot))
    }

    /// Ends the worker, whatever it does.
    pub(super) fn cut(self) {
        if let Some(wire) = self.0.take() {
            wire.cut();
        }
    }
}
