//! What a server has done, by kind.

use crate::effects::{IoKind, PageWriter};

/// Operations of a device and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Count {
    /// Operations, or records.
    pub count: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Count {
    pub(crate) const fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// What a primary has done since its database was made: crashes do not set it back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tallies {
    /// Changes in WAL, without images.
    pub changes: Count,
    /// Full-page images in WAL.
    pub images: Count,
    /// Commit records in WAL.
    pub commits: Count,
    /// Checkpoint records in WAL.
    pub checkpoints: Count,
    /// Flushes of WAL; whole blocks of 8 KiB, the last one perhaps not full yet.
    pub flushes: Count,
    /// Pages written by checkpoints.
    pub checkpoint_writes: Count,
    /// Pages written by the background writer.
    pub background_writes: Count,
    /// Pages written by whoever needed a buffer.
    pub backend_writes: Count,
    /// fsyncs at the end of checkpoints, and writes of the control file.
    pub syncs: Count,
    /// Pages read from the device.
    pub reads: Count,
    /// Pages found in the operating system's cache.
    pub os_cache_hits: Count,
    /// Pages found in the buffer pool, also by those who had to wait for them.
    pub pool_hits: Count,
    /// WAL read for redo.
    pub wal_reads: Count,
    /// WAL files archived.
    pub archive: Count,
    /// WAL sent to standbys, for each of them.
    pub shipped: Count,
}

impl Tallies {
    /// An operation of the device begins.
    pub(crate) const fn begin(&mut self, kind: IoKind, bytes: u64) {
        let count = match kind {
            IoKind::FlushWal { .. } => &mut self.flushes,
            IoKind::ReadPage(_) => &mut self.reads,
            IoKind::WritePage { writer, .. } => match writer {
                PageWriter::Backend => &mut self.backend_writes,
                PageWriter::Background => &mut self.background_writes,
                PageWriter::Checkpoint => &mut self.checkpoint_writes,
            },
            IoKind::SyncPages | IoKind::WriteControl => &mut self.syncs,
            IoKind::ReadWal { .. } => &mut self.wal_reads,
            IoKind::ArchiveSegment { .. } => &mut self.archive,
        };
        count.add(bytes);
    }
}
