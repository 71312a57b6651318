//! Serves reads: a page as it was at a read point, from one segment.
//!
//! A segment accepts a read between two bounds (SIGMOD 2018, section 3.4): from below the PGMRPL,
//! under which it may have collected what it takes, from above its SCL, behind which it may lack
//! records. The SCL suffices when it has reached the newest record of the group at or below the read
//! point; the question names it, because a segment does not know the LSNs of other groups.
//!
//! # Simplifications
//! * A read takes as long as a write: one turn of the disk.

use super::StorageNode;
use crate::effects::{Cause, Effect, Effects, Note};
use crate::log::Log;
use crate::message::{Message, Read, Stamp};
use crate::pages::ReadRefused;

impl StorageNode {
    /// A writer asks for a page.
    pub(super) fn read(
        &mut self,
        stamp: &Stamp,
        read: Box<Read>,
        log: &Log,
        effects: &mut Effects,
    ) {
        if stamp.epoch < self.stamp.epoch {
            return self.refuse(stamp.epoch, effects);
        }
        self.learn(stamp, log, effects);
        match self.may_read(read.group, (read.point, read.tail)) {
            Ok(()) => effects.push(Cause::Input, Effect::Load(read)),
            Err(why) => self.refuse_read(read, why, effects),
        }
    }

    /// The disk gave what it takes. Meanwhile the asking writer may be over.
    pub(super) fn answer_read(&mut self, read: Box<Read>, log: &Log, effects: &mut Effects) {
        if read.epoch < self.stamp.epoch {
            return self.refuse(read.epoch, effects);
        }
        match self.page_at(read.group, read.page, (read.point, read.tail), log) {
            Ok(page) => {
                let (node, epoch, page) = (self.id, read.epoch, Box::new(page));
                let message = Message::ReadAnswer { node, read, page };
                super::tell_writer(epoch, message, Cause::Input, effects);
            }
            Err(why) => self.refuse_read(read, why, effects),
        }
    }

    fn refuse_read(&self, read: Box<Read>, why: ReadRefused, effects: &mut Effects) {
        let (node, epoch) = (self.id, read.epoch);
        let note = Note::ReadRefused {
            node,
            group: read.group,
            page: read.page,
            point: read.point,
            why,
        };
        let refused = effects.note(Cause::Input, note);
        let message = Message::ReadRefused { node, read };
        super::tell_writer(epoch, message, refused, effects);
    }
}
