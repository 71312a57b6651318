//! A job, and what comes of it.

use std::cell::{Cell, RefCell};

use player::{Jobs, Status};
use protocol::{Event, Job};

use crate::files;
use crate::later::Later;
use crate::port::{self, Slice};

/// How far a job is, is told no more often than this.
const PROGRESS_MS: f64 = 100.0;
/// Events between two looks at the clock.
const EVENTS_PER_LOOK: u32 = 256;

thread_local! {
    static JOBS: RefCell<Jobs> = RefCell::new(Jobs::default());
    /// When it was told last how far the job is.
    static TOLD_MS: Cell<f64> = const { Cell::new(0.0) };
    /// The slice after this one, once messages that wait had their chance.
    static NEXT_SLICE: Later = Later::new(slice);
}

/// Starts listening, and says so.
pub fn start() {
    port::listen("job", Job::from_bytes, |job, message| {
        JOBS.with_borrow_mut(|jobs| jobs.begin(job, files::beside(message)));
        slice();
    });
}

fn slice() {
    let slice = Slice::begin();
    let (events, wal, status) = JOBS.with_borrow_mut(|jobs| {
        let mut status = jobs.run(EVENTS_PER_LOOK);
        while status == Status::Busy && !slice.is_over() {
            status = jobs.run(EVENTS_PER_LOOK);
        }
        let now_ms = port::now_ms();
        if now_ms >= TOLD_MS.get() + PROGRESS_MS {
            jobs.tell_progress();
            TOLD_MS.set(now_ms);
        }
        (jobs.events(), jobs.wal(), status)
    });
    for event in &events {
        let is_read = matches!(event, Event::WalRead { .. });
        port::tell(event, wal.as_deref().filter(|_| is_read));
    }
    if status == Status::Busy {
        NEXT_SLICE.with(Later::ask);
    }
}
