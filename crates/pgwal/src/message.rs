use crate::bytes::Cursor;
use crate::record::Record;
use crate::rmgr::Rmgr;

/// A message that a program wrote into the log for those who decode it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogicalMessage<'a> {
    /// The number of the database in which it was written.
    pub database: u32,
    /// Whether it counts only if its transaction commits.
    pub transactional: bool,
    /// What kind of message it is: a word that programs agree on.
    pub prefix: &'a [u8],
    /// The message itself.
    pub content: &'a [u8],
}

impl<'a> Record<'a> {
    /// The message, if this record holds one.
    ///
    /// The layout is `xl_logical_message` (PostgreSQL 13 to 18, `src/include/replication/message.h`).
    pub fn logical_message(&self) -> Option<LogicalMessage<'a>> {
        if self.rmgr != Rmgr::LOGICAL_MESSAGE || self.operation().code() != 0 {
            return None;
        }
        let mut cursor = Cursor::new(self.main_data);
        let database = cursor.u32()?;
        let transactional = cursor.u8()? != 0;
        cursor.take(3)?;
        let prefix_bytes = usize::try_from(cursor.u64()?).ok()?;
        let content_bytes = usize::try_from(cursor.u64()?).ok()?;
        let prefix = cursor.take(prefix_bytes)?;
        Some(LogicalMessage {
            database,
            transactional,
            prefix: Cursor::new(prefix).c_string()?,
            content: cursor.take(content_bytes)?,
        })
    }
}
