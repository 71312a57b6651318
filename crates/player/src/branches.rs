//! The ways that a run took.
//!
//! What is done in the past of a branch begins a new one; the old one stays as it was left, with its
//! place, its keyframes and its lines, so that going back to it takes no replay. What two branches
//! share, they share in memory, too.
//!
//! # Invariants
//! * A branch that is not shown does not change, but for what it keeps to be gone through quickly.
//! * A branch has one number for ever.

use lab::{Deed, SimTime, Span};
use protocol::{BRANCH_NAME_MAX, BranchView, Edit, Verb};

use crate::history::History;

/// The most branches of a run.
const BRANCHES_MAX: usize = 64;

/// What a branch is, beside its history.
#[derive(Clone, Debug)]
struct Label {
    id: u32,
    name: Option<String>,
    /// The branch that it left, and when.
    origin: Option<(u32, SimTime)>,
}

/// All branches, with the one in which the run stands.
#[derive(Clone, Debug)]
pub(crate) struct Branches {
    label: Label,
    /// The one in which the run stands.
    pub(crate) history: History,
    /// The others, by age.
    others: Vec<(Label, History)>,
    next: u32,
}

impl Branches {
    pub(crate) const fn new(history: History) -> Self {
        let label = Label {
            id: 1,
            name: None,
            origin: None,
        };
        Self {
            label,
            history,
            others: Vec::new(),
            next: 2,
        }
    }

    /// Plans `verb` for the next nanosecond, in a new branch if this one goes on beyond here. Gives
    /// that nanosecond: when time has come to it, it is done.
    ///
    /// # Errors
    /// There is no room for one more branch.
    pub(crate) fn act(&mut self, verb: Verb) -> Result<SimTime, String> {
        if !self.history.is_at_end() {
            self.fork(self.history.playhead())?;
        }
        Ok(self.history.act(verb))
    }

    /// Takes back what was done last, up to where the run stands: goes to the branch that was left
    /// for it, or leaves this one for one without it. Gives the time before it, to go to.
    ///
    /// # Errors
    /// Nothing was done, or there is no room for one more branch.
    pub(crate) fn undo(&mut self) -> Result<SimTime, String> {
        let deed = self.history.last_edit();
        let deed = deed.ok_or("nothing was done in this branch up to here")?;
        let before = SimTime(deed.at.0.saturating_sub(1));
        match self.label.origin {
            Some((parent, at)) if at + Span(1) == deed.at && self.leads_on(parent, deed) => {
                self.go_to(parent)?;
            }
            Some(_) | None => {
                self.fork(before)?;
                self.history.take_back(deed);
            }
        }
        Ok(before)
    }

    /// Leaves this branch as it is and goes on in a copy that begins at this time.
    fn fork(&mut self, at: SimTime) -> Result<(), String> {
        if self.others.len() + 1 >= BRANCHES_MAX {
            return Err(format!(
                "expected fewer than {BRANCHES_MAX} branches: forget one to begin another"
            ));
        }
        let label = Label {
            id: self.next,
            name: None,
            origin: Some((self.label.id, at)),
        };
        self.next += 1;
        let left = (
            std::mem::replace(&mut self.label, label),
            self.history.clone(),
        );
        self.keep(left);
        Ok(())
    }

    /// Goes to another branch, where it was left.
    ///
    /// # Errors
    /// There is no such branch.
    pub(crate) fn go_to(&mut self, id: u32) -> Result<(), String> {
        if id == self.label.id {
            return Ok(());
        }
        let (label, history) = self.others.remove(self.place(id)?);
        let left = (
            std::mem::replace(&mut self.label, label),
            std::mem::replace(&mut self.history, history),
        );
        self.keep(left);
        Ok(())
    }

    /// Goes to the branch in which nobody did anything that was not there when the run was loaded, or
    /// to `fresh`, which is as it was loaded.
    ///
    /// # Errors
    /// There is no room for one more branch.
    pub(crate) fn reset(&mut self, fresh: History) -> Result<(), String> {
        let untouched = |history: &History| history.schedule() == fresh.schedule();
        if untouched(&self.history) {
            return Ok(());
        }
        let other = self.others.iter().find(|(_, history)| untouched(history));
        if let Some((label, _)) = other {
            return self.go_to(label.id);
        }
        self.fork(SimTime::START)?;
        self.history = fresh;
        Ok(())
    }

    /// Gives a branch a name.
    ///
    /// # Errors
    /// There is no such branch, or the name is none.
    pub(crate) fn rename(&mut self, id: u32, name: &str) -> Result<(), String> {
        let name = name.trim();
        if name.chars().count() > BRANCH_NAME_MAX || name.contains(char::is_control) {
            return Err(format!(
                "expected a name of at most {BRANCH_NAME_MAX} characters on one line"
            ));
        }
        let name = (!name.is_empty()).then(|| name.to_owned());
        if id == self.label.id {
            self.label.name = name;
        } else {
            let place = self.place(id)?;
            self.others[place].0.name = name;
        }
        Ok(())
    }

    /// Forgets a branch.
    ///
    /// # Errors
    /// There is no such branch, or the run stands in it.
    pub(crate) fn delete(&mut self, id: u32) -> Result<(), String> {
        if id == self.label.id {
            return Err("expected another branch than the one that is shown".to_owned());
        }
        let place = self.place(id)?;
        self.others.remove(place);
        Ok(())
    }

    /// Keeps fewer keyframes: of the others the first alone, of this one every second. False when
    /// there is nothing left to give up.
    pub(crate) fn thin(&mut self) -> bool {
        let mut others = false;
        for (_, history) in &mut self.others {
            others |= history.drop_keyframes();
        }
        others || self.history.thin()
    }

    /// All of them, by age.
    pub(crate) fn views(&self) -> Vec<BranchView> {
        let here = std::iter::once((&self.label, &self.history, true));
        let others = self.others.iter();
        let mut views: Vec<_> = here
            .chain(others.map(|(label, history)| (label, history, false)))
            .map(|(label, history, current)| view(label, history, current))
            .collect();
        views.sort_by_key(|view| view.id);
        views
    }

    /// Any of them.
    ///
    /// # Errors
    /// There is no such branch.
    pub(crate) fn branch(&self, id: u32) -> Result<&History, String> {
        if id == self.label.id {
            return Ok(&self.history);
        }
        self.place(id).map(|place| &self.others[place].1)
    }

    fn keep(&mut self, branch: (Label, History)) {
        let after = |(label, _): &(Label, History)| label.id < branch.0.id;
        let place = self.others.partition_point(after);
        self.others.insert(place, branch);
    }

    /// Whether going to a branch takes a deed back: there, nothing else was done in its place.
    fn leads_on(&self, id: u32, deed: Deed) -> bool {
        let instead = |other: &Deed| other.edit && other.at == deed.at;
        self.branch(id)
            .is_ok_and(|branch| !branch.schedule().deeds().iter().any(instead))
    }

    fn place(&self, id: u32) -> Result<usize, String> {
        let place = self.others.iter().position(|(label, _)| label.id == id);
        place.ok_or_else(|| format!("there is no other branch {id}"))
    }
}

fn view(label: &Label, history: &History, current: bool) -> BranchView {
    let edits = || history.schedule().deeds().iter().filter(|deed| deed.edit);
    let own = |at: SimTime| edits().find(move |deed| deed.at > at);
    let first = match label.origin {
        Some((_, at)) => own(at),
        None => edits().next(),
    };
    BranchView {
        id: label.id,
        name: label.name.clone(),
        current,
        origin: label.origin.map(|(id, at)| (id, at.0)),
        first: first.map(|deed| Edit {
            at_ns: deed.at.0,
            verb: deed.verb,
        }),
        edits: u32::try_from(edits().count()).unwrap_or(u32::MAX),
        explored_ns: history.explored().0.0,
    }
}
