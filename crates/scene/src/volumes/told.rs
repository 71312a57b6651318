//! What is said of volumes and their pages.

use protocol::{Frame, LabSetup, VolumeId, VolumeState, VolumeView};

use super::{cells, live};
use crate::numbers;
use crate::shape::Paint;
use crate::words::Words;

/// With whom a volume is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    /// Nobody: it began empty, and none of its own clones is left.
    Nobody,
    /// Its source, with which it shares pages.
    Source(VolumeId),
    /// The volume as it began, which was given up or of whose pages it has copies.
    Past(VolumeId),
    /// Its only clone.
    Clone(VolumeId),
    /// Its clones, of which this is the oldest.
    Clones(VolumeId),
}

/// A volume with what a picture of it says.
pub(super) struct Table<'a> {
    words: &'a Words,
    frame: &'a Frame,
    pub(super) view: &'a VolumeView,
    other: Other,
    cells: Vec<Pages>,
}

/// Whether a volume got copies of all its pages when it began.
const fn is_copy(volume: &VolumeView) -> bool {
    volume.origin.is_some() && !volume.shares && !volume.restored
}

/// The pages of a cell, and how many of them are no longer shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pages {
    pub(super) first: u64,
    pub(super) count: u64,
    /// Changed by this volume.
    pub(super) here: u64,
    /// Changed by the other side.
    pub(super) there: u64,
    /// Changed by both.
    pub(super) both: u64,
}

impl Pages {
    /// The page that stands for them.
    pub(super) fn page(&self) -> u32 {
        u32::try_from(self.first).unwrap_or(u32::MAX)
    }

    /// Those that nobody changed.
    const fn same(&self) -> u64 {
        (self.count + self.both).saturating_sub(self.here + self.there)
    }
}

impl<'a> Table<'a> {
    pub(super) fn new(words: &'a Words, frame: &'a Frame, view: &'a VolumeView) -> Self {
        let is_live = |volume| live(frame).any(|other| other.id == volume);
        let mut clones = live(frame).filter(|clone| {
            let of_this = clone.origin.is_some_and(|(source, _)| source == view.id);
            of_this && clone.shares
        });
        let other = match (view.origin, clones.next(), clones.next()) {
            (Some((source, _)), ..) if view.shares && is_live(source) => Other::Source(source),
            (Some((source, _)), ..) => Other::Past(source),
            (None, None, _) => Other::Nobody,
            (None, Some(clone), None) => Other::Clone(clone.id),
            (None, Some(oldest), Some(_)) => Other::Clones(oldest.id),
        };
        let mut table = Self {
            words,
            frame,
            view,
            other,
            cells: Vec::new(),
        };
        let cells = cells(view.pages, frame);
        table.cells = (0..cells).map(|block| table.pages(block)).collect();
        table
    }

    /// The pages of a block. What the first volume changed since its oldest clone began is the most
    /// that it changed since any of them did.
    fn pages(&self, block: u64) -> Pages {
        let changed_of = |view: &VolumeView| {
            let block = usize::try_from(block).ok();
            block.and_then(|block| view.changed.get(block).copied())
        };
        let [here, there, both] = match self.other {
            Other::Nobody => [0; 3],
            Other::Source(_) => changed_of(self.view).unwrap_or_default(),
            Other::Past(_) => [changed_of(self.view).unwrap_or_default()[0], 0, 0],
            Other::Clone(_) | Other::Clones(_) => live(self.frame)
                .filter(|clone| clone.shares)
                .filter(|clone| clone.origin.is_some_and(|(of, _)| of == self.view.id))
                .filter_map(changed_of)
                .fold([0; 3], |[here, there, both], [its, ours, of_both]| {
                    [here.max(ours), there.max(its), both.max(of_both)]
                }),
        };
        let in_block = self.frame.pages_in_block.max(1);
        let first = block * in_block;
        Pages {
            first,
            count: in_block.min(self.view.pages.saturating_sub(first)),
            here,
            there,
            both,
        }
    }

    pub(super) fn cells(&self) -> &[Pages] {
        &self.cells
    }

    /// Whether a cell is one page.
    pub(super) const fn numbers_pages(&self) -> bool {
        self.frame.pages_in_block <= 1
    }

    /// Whether it began with pages of its own, copied or restored.
    pub(super) const fn is_apart(&self) -> bool {
        self.view.origin.is_some() && !self.view.shares
    }

    fn all(&self) -> Pages {
        let add = |sum: Pages, cell: &Pages| Pages {
            first: 0,
            count: sum.count + cell.count,
            here: sum.here + cell.here,
            there: sum.there + cell.there,
            both: sum.both + cell.both,
        };
        self.cells.iter().fold(Pages::default(), add)
    }

    /// Its state, with a colour if it is not as it should be.
    pub(super) fn state(&self) -> (&'a str, Paint) {
        let (key, paint) = match self.view.state {
            VolumeState::Open => ("volumes.open", Paint::Quiet),
            VolumeState::Opening => ("volumes.opening", Paint::Wait),
            VolumeState::Crashed => ("volumes.crashed", Paint::Bad),
            VolumeState::Deleted => ("volumes.deleted", Paint::Quiet),
        };
        (self.words.say(key), paint)
    }

    /// Where it comes from.
    pub(super) fn origin(&self) -> String {
        match self.view.origin {
            None => self.words.say("volumes.empty").to_owned(),
            Some((source, lsn)) => self.words.fill(
                if self.view.restored {
                    "volumes.origin.restored"
                } else {
                    "volumes.origin"
                },
                &[("source", source.into()), ("lsn", lsn.into())],
            ),
        }
    }

    /// Its name with its state, for its button.
    pub(super) fn name(&self) -> String {
        self.words.fill(
            "volumes.name",
            &[
                ("volume", self.view.id.into()),
                ("state", self.state().0.into()),
                ("origin", (&self.origin()).into()),
            ],
        )
    }

    /// How far it is; how its commits fare.
    pub(super) fn facts(&self) -> Vec<Vec<String>> {
        let VolumeView {
            vdl,
            commits_acked,
            commits_per_s,
            p50_ns,
            p99_ns,
            ..
        } = *self.view;
        let count = |key, count: u64| self.words.fill(key, &[("count", count.into())]);
        let time = |key, ns| {
            let time = numbers::span(ns);
            self.words.fill(key, &[("time", (&time).into())])
        };
        let mut facts = vec![vec![
            count("volumes.vdl", vdl),
            count("volumes.commits", commits_acked),
        ]];
        if commits_acked > 0 {
            facts.push(vec![
                count("volumes.per-s", commits_per_s),
                time("volumes.p50", p50_ns),
                time("volumes.p99", p99_ns),
            ]);
        }
        facts
    }

    /// Shared and copied pages, counted; those that the other side changed.
    pub(super) fn sums(&self) -> Vec<Vec<String>> {
        let all = self.all();
        let sum = |key, count: u64, other: Option<VolumeId>| {
            let other = other.unwrap_or(self.view.id);
            self.words
                .fill(key, &[("count", count.into()), ("other", other.into())])
        };
        match self.other {
            Other::Nobody => vec![vec![sum("volumes.sum.all", all.count, None)]],
            Other::Clone(clone) | Other::Clones(clone) => {
                vec![vec![sum("volumes.sum.since", all.here, Some(clone))]]
            }
            Other::Past(source) => vec![vec![
                sum("volumes.sum.past", all.same(), Some(source)),
                sum("volumes.sum.here", all.here, None),
            ]],
            Other::Source(source) => {
                let mut there = vec![sum("volumes.sum.there", all.there, Some(source))];
                if all.both > 0 {
                    there.push(sum("volumes.sum.both", all.both, None));
                }
                let shared = sum("volumes.sum.shared", all.same(), Some(source));
                let here = sum("volumes.sum.here", all.here, None);
                vec![vec![shared, here], there]
            }
        }
    }

    /// All of it in a sentence.
    pub(super) fn told(&self) -> String {
        let (facts, sums) = (self.facts().concat(), self.sums().concat());
        format!(
            "{}: {}; {}.",
            self.name(),
            facts.join(", "),
            sums.join(", ")
        )
    }

    /// A cell's name with its state, for its button.
    pub(super) fn cell_name(&self, pages: &Pages) -> String {
        let volume = ("volume", self.view.id.into());
        let one = pages.count <= 1;
        let name = if one {
            let page = ("page", pages.first.into());
            self.words.fill("volumes.page", &[volume, page])
        } else {
            let last = pages.first + pages.count - 1;
            let range = [("first", pages.first.into()), ("last", last.into())];
            self.words
                .fill("volumes.pages", &[volume, range[0], range[1]])
        };
        let its_clones = self.words.say("volumes.its-clones");
        let other = match self.other {
            Other::Nobody => return name,
            Other::Source(other) | Other::Past(other) | Other::Clone(other) => other.to_string(),
            Other::Clones(_) => its_clones.to_owned(),
        };
        let said = |of_one, of_some, count: u64| {
            let key = if one { of_one } else { of_some };
            let args = [("count", count.into()), ("other", (&other).into())];
            (count > 0).then(|| self.words.fill(key, &args))
        };
        let same = if let Other::Past(_) = self.other {
            said("volumes.page.past", "volumes.pages.past", pages.same())
        } else {
            said("volumes.page.shared", "volumes.pages.shared", pages.same())
        };
        // Different clones may have changed different pages of a block.
        let several = matches!(self.other, Other::Clones(_)) && !one;
        let there = if several {
            said(
                "volumes.page.there",
                "volumes.pages.there.some",
                pages.there,
            )
        } else {
            said("volumes.page.there", "volumes.pages.there", pages.there)
        };
        let here = said("volumes.page.here", "volumes.pages.here", pages.here);
        let same = same.filter(|_| !several);
        let parts = [Some(name), here, there, same];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// What is said of all volumes together: what they store, what full copies would have stored, and
/// what the tables leave out.
pub fn volumes_told(words: &Words, setup: &LabSetup, frame: &Frame) -> Vec<String> {
    let bytes = |pages: u64| numbers::bytes(pages.saturating_mul(setup.page_bytes.into()));
    let names = |volumes: &[&VolumeView]| {
        let names: Vec<_> = volumes.iter().map(|volume| volume.id.to_string()).collect();
        names.join(", ")
    };
    let more = frame.pages_held.saturating_sub(frame.pages);
    let mut told = vec![words.fill(
        if more > 0 {
            "volumes.stored"
        } else {
            "volumes.stored.no-more"
        },
        &[
            ("pages", frame.pages.into()),
            ("held", frame.pages_held.into()),
            ("more", more.into()),
            ("bytes", (&bytes(more)).into()),
        ],
    )];
    let sharing = || live(frame).filter(|volume| volume.shares);
    let clones = sharing().count() as u64;
    if clones > 0 {
        let key = if clones == 1 {
            "volumes.full-copy"
        } else {
            "volumes.full-copies"
        };
        let copied = sharing().map(|volume| volume.pages).sum::<u64>();
        told.push(words.fill(
            key,
            &[
                ("count", clones.into()),
                ("pages", copied.into()),
                ("bytes", (&bytes(copied)).into()),
            ],
        ));
    }
    let copies: Vec<_> = live(frame).filter(|volume| is_copy(volume)).collect();
    if !copies.is_empty() {
        told.push(words.fill(
            "volumes.sixteenth",
            &[
                ("names", (&names(&copies)).into()),
                ("count", (copies.len() as u64).into()),
            ],
        ));
    }
    if frame.pages_in_block > 1 {
        let count = [("count", frame.pages_in_block.into())];
        told.push(words.fill("volumes.block", &count));
    }
    let is_gone = |volume: &&VolumeView| volume.state == VolumeState::Deleted;
    let gone: Vec<_> = frame.volumes.iter().filter(is_gone).collect();
    if !gone.is_empty() {
        let gone = names(&gone);
        told.push(words.fill("volumes.given-up", &[("names", (&gone).into())]));
    }
    told
}
