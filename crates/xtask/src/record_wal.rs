//! Records WAL fixtures with a real PostgreSQL server.
pub(crate) fn record_wal() -> Result<(), String> {
    Err("not written yet".into())
}
