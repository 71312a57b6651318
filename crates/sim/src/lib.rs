//! The discrete-event kernel: time, the event queue, random streams, links and disks. It knows
//! nothing of databases.
//!
//! A simulation is a loop: take the earliest event out of the [`Queue`], handle it, put the events
//! that it causes back in. Hardware decides *when* they happen: a [`Link`] delivers a message after a
//! [`Delay`], a [`Disk`] or a [`Device`] finishes a write after one.
//!
//! ```text
//! now 2.0 ms   pop  (2.0 ms, 17) a record arrives at the disk
//!              disk starts the write, draws 0.7 ms from its own stream
//!              push (2.7 ms, 23) the write is done
//! ```
//!
//! # Invariants
//! * Events come out by time, and among equal times in the order in which they went in.
//! * Each component draws from a stream of its own, made from the root seed and the component's name
//!   ([`Stream`]): a new draw in one place does not move any other.
//! * The same inputs give the same bits on every target: time is a whole number of nanoseconds, and
//!   every transcendental function is `libm`'s, not the platform's.
//!
//! # Simplifications
//! * A link has a delay but no bandwidth. A [`Disk`] has a delay and a depth but no bandwidth; a
//!   [`Device`] has a delay and a throughput, and works on as much at once as comes.
//! * A message is delivered whole or not at all.
//! * An exponential duration is read off a table of logarithms, with a straight line between two places:
//!   it is off by less than 0.2 millionths of the mean.
#![forbid(unsafe_code)]

mod delay;
mod device;
mod disk;
mod hash;
mod link;
mod queue;
mod stream;
mod time;
mod zipf;

pub use delay::{Delay, DelayError};
pub use device::{Device, Throughput};
pub use disk::{Class, Disk};
pub use hash::{Digest, Item, digest_of};
pub use link::{Link, Order};
pub use queue::Queue;
pub use stream::Stream;
pub use time::{SimTime, Span};
