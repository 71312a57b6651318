//! What the conventional engine says many times in a row.

use protocol::ServerHappening as Did;

/// Whether a run of such lines can become one.
pub(super) const fn repeats(what: &Did) -> bool {
    matches!(what, Did::CommitAsked { .. } | Did::CommitAcked { .. })
}

/// One happening for a run and what continues it. `None` when it does not.
pub(super) fn fold(run: &Did, next: &Did) -> Option<Did> {
    let acked = |count, lsn, shortest_ns: u64, longest_ns: u64, took_ns| Did::CommitsAcked {
        count,
        lsn,
        shortest_ns: shortest_ns.min(took_ns),
        longest_ns: longest_ns.max(took_ns),
    };
    Some(match (*run, *next) {
        (Did::CommitAsked { .. }, Did::CommitAsked { lsn, .. }) => {
            Did::CommitsAsked { count: 2, lsn }
        }
        (Did::CommitsAsked { count, .. }, Did::CommitAsked { lsn, .. }) => Did::CommitsAsked {
            count: count + 1,
            lsn,
        },
        (Did::CommitAcked { took_ns: first, .. }, Did::CommitAcked { lsn, took_ns, .. }) => {
            acked(2, lsn, first, first, took_ns)
        }
        (
            Did::CommitsAcked {
                count,
                shortest_ns,
                longest_ns,
                ..
            },
            Did::CommitAcked { lsn, took_ns, .. },
        ) => acked(count + 1, lsn, shortest_ns, longest_ns, took_ns),
        _ => return None,
    })
}
