//! Set-up and chores.
mod record_wal;
fn main() {
    if std::env::args().nth(1).as_deref() == Some("record-wal") {
        record_wal::record_wal().expect("recorded");
    }
}
