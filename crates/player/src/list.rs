//! The event list: what happened last, of the kinds that the reader wants, a line for each.
//!
//! A batch of sixty-four commits is sixty-four numberings, questions and answers. What repeats
//! becomes one line with a range, and what was done to the world stays in the list when newer lines
//! would push it out.

mod server;

use protocol::{EventLine, Happening, View};

use crate::convert;
use crate::history::History;
use crate::view::category;

/// How many of the last deeds stay in the list.
const DEEDS_KEPT: usize = 8;

/// The list, oldest line first.
pub(crate) fn list(history: &History, view: &View) -> Vec<EventLine> {
    let wanted = usize::try_from(view.lines.min(500)).expect("few");
    let shown = |line| {
        let line = convert::line(history.world(), line);
        let category = category(&line.what);
        view.categories.contains(&category).then_some(line)
    };
    // As far back as it takes: what never repeats is a line of the list for certain.
    let mut alone = 0;
    let tail = history.tail().filter_map(shown).take_while(|line| {
        alone += usize::from(!repeats(&line.what));
        alone <= wanted
    });
    let mut tail: Vec<_> = tail.collect();
    tail.reverse();
    let oldest = tail.first().map_or(u64::MAX, |line| line.id);
    let deeds = history.deeds();
    let earlier = deeds.iter().filter(|deed| deed.id < oldest);
    let mut list = Folded::new(history.world().events(), oldest);
    for line in earlier.filter_map(shown).chain(tail) {
        list.add(line);
    }
    let is_deed = |line: &EventLine| deeds.binary_search_by_key(&line.id, |d| d.id).is_ok();
    let mut lines = list.lines;
    let mut deeds_left = wanted.min(DEEDS_KEPT);
    deeds_left = deeds_left.min(lines.iter().filter(|line| is_deed(line)).count());
    let mut others_left = wanted - deeds_left;
    lines.reverse();
    lines.retain(|line| {
        let left = if deeds_left > 0 && is_deed(line) {
            &mut deeds_left
        } else {
            &mut others_left
        };
        let kept = *left > 0;
        *left -= usize::from(kept);
        kept
    });
    lines.reverse();
    lines
}

/// Lines of which runs of equals became one.
struct Folded {
    /// The newest event, whose lines are not mixed with those of earlier ones: who steps through a
    /// run sees what the last step did.
    newest: u64,
    /// The line of the trace with which the list begins.
    oldest: u64,
    /// For this line of the trace and each after it the line that stands for it; 0 where none does.
    stands_for: Vec<u64>,
    lines: Vec<EventLine>,
}

impl Folded {
    const fn new(newest: u64, oldest: u64) -> Self {
        Self {
            newest,
            oldest,
            stands_for: Vec::new(),
            lines: Vec::new(),
        }
    }

    fn add(&mut self, mut line: EventLine) {
        let id = line.id;
        let cause = self.standing_for(line.cause);
        line.cause = cause.unwrap_or(line.cause);
        let place = (0..self.lines.len())
            .rev()
            .take(2)
            .take_while(|&n| n + 1 == self.lines.len() || takes_turns(&self.lines[n + 1].what))
            .find_map(|n| Some((n, self.folded(&self.lines[n], &line)?)));
        if let Some((n, what)) = place {
            let run = &mut self.lines[n];
            // The number stays that of the first, so that a run that grows stays the same line.
            *run = EventLine {
                id: run.id,
                what,
                ..line
            };
            let stand_in = run.id;
            self.note(id, stand_in);
        } else {
            self.note(id, id);
            self.lines.push(line);
        }
    }

    fn note(&mut self, line: u64, stand_in: u64) {
        if let Some(place) = self.place(line) {
            self.stands_for.resize(place, 0);
            self.stands_for.push(stand_in);
        }
    }

    fn standing_for(&self, line: u64) -> Option<u64> {
        let stand_in = self.stands_for.get(self.place(line)?);
        stand_in.copied().filter(|&line| line > 0)
    }

    fn place(&self, line: u64) -> Option<usize> {
        usize::try_from(line.checked_sub(self.oldest)?).ok()
    }

    /// What the run says with one more line, if that continues it: the same in kind, and because of
    /// the same or of something that the list does not show.
    fn folded(&self, run: &EventLine, line: &EventLine) -> Option<Happening> {
        if run.volume != line.volume || line.event == self.newest && run.event != self.newest {
            return None;
        }
        let what = fold(&run.what, &line.what)?;
        let is_hidden = |cause| self.standing_for(cause).is_none();
        let same_cause = run.cause == line.cause || is_hidden(run.cause) && is_hidden(line.cause);
        same_cause.then_some(what)
    }
}

/// Whether a run of such lines can become one.
const fn repeats(what: &Happening) -> bool {
    if let Happening::Server { what } = what {
        return server::repeats(what);
    }
    matches!(
        what,
        Happening::Issued { .. }
            | Happening::CommitAsked { .. }
            | Happening::CommitAcked { .. }
            | Happening::Lost { .. }
    )
}

/// Each mini-transaction is numbered and then asks to commit: two runs that grow in turns.
const fn takes_turns(what: &Happening) -> bool {
    matches!(
        what,
        Happening::Issued { .. }
            | Happening::RecordsIssued { .. }
            | Happening::CommitAsked { .. }
            | Happening::CommitsAsked { .. }
    )
}

/// One happening for a run and what continues it. `None` when it does not.
fn fold(run: &Happening, next: &Happening) -> Option<Happening> {
    if let (Happening::Server { what: run }, Happening::Server { what: next }) = (run, next) {
        let what = server::fold(run, next)?;
        return Some(Happening::Server { what });
    }
    use Happening::{
        CommitAcked, CommitAsked, CommitsAcked, CommitsAsked, Issued, Lost, MessagesLost,
        RecordsIssued,
    };
    let issued = |first, mtrs, last| RecordsIssued { first, last, mtrs };
    let acked = |count, lsn, shortest_ns: u64, longest_ns: u64, took_ns| CommitsAcked {
        count,
        lsn,
        shortest_ns: shortest_ns.min(took_ns),
        longest_ns: longest_ns.max(took_ns),
    };
    Some(match (*run, *next) {
        (Issued { first, last: end }, Issued { first: next, last }) if end + 1 == next => {
            issued(first, 2, last)
        }
        (
            RecordsIssued {
                first,
                last: end,
                mtrs,
            },
            Issued { first: next, last },
        ) if end + 1 == next => issued(first, mtrs + 1, last),
        (CommitAsked { .. }, CommitAsked { lsn, .. }) => CommitsAsked { count: 2, lsn },
        (CommitsAsked { count, .. }, CommitAsked { lsn, .. }) => CommitsAsked {
            count: count + 1,
            lsn,
        },
        (CommitAcked { took_ns: first, .. }, CommitAcked { lsn, took_ns, .. }) => {
            acked(2, lsn, first, first, took_ns)
        }
        (
            CommitsAcked {
                count,
                shortest_ns,
                longest_ns,
                ..
            },
            CommitAcked { lsn, took_ns, .. },
        ) => acked(count + 1, lsn, shortest_ns, longest_ns, took_ns),
        (
            Lost {
                node, group, first, ..
            },
            Lost {
                node: to,
                group: of,
                last,
                ..
            },
        ) if (node, group) == (to, of) => MessagesLost {
            node,
            group,
            count: 2,
            first,
            last,
        },
        (
            MessagesLost {
                node,
                group,
                count,
                first,
                ..
            },
            Lost {
                node: to,
                group: of,
                last,
                ..
            },
        ) if (node, group) == (to, of) => MessagesLost {
            node,
            group,
            count: count + 1,
            first,
            last,
        },
        _ => return None,
    })
}
