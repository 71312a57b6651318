//! Whole servers in a small world: a device, links, clients, and time.

mod checkpoints;
mod commits;
mod crashes;
mod rig;
mod standbys;
