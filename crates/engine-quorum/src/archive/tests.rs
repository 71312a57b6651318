use redo::{Change, Page, PageId};

use super::*;
use crate::message::Epoch;
use crate::run::Run;

const NODES: u8 = 3;
const HOUR: Span = Span(1000);

/// Eight records of 100 bytes by turns for two groups, two of them a mini-transaction, which is
/// numbered ten nanoseconds after the one before.
fn log() -> Log {
    let mut log = Log::new(2);
    for first in [1, 3, 5, 7] {
        for page in [0, 1] {
            log.append(Epoch::FIRST, Change::account(PageId(page), 100, false));
        }
        log.end_mtr(SimTime(first * 5), Epoch::FIRST, Lsn(first), 0, None);
    }
    log
}

/// The page as of one of its records.
fn version(log: &Log, page: u32, lsn: u64) -> Rc<PageImage> {
    let page: Page = log.page_at(PageId(page), Lsn(lsn));
    Rc::new(page.seal())
}

/// A node stages a run of a group. Gives whom object storage answers, and how far it says that the
/// group is complete.
fn stage(
    store: &mut ObjectStore,
    (from, group): (u8, u16),
    (prev, last): (u64, u64),
    pages: &[Rc<PageImage>],
) -> (Vec<u8>, u64) {
    let log = log();
    let message = UpkeepMessage::Stage {
        from: NodeId(from),
        parcel: Box::new(log.parcel(GroupId(group), Run::new(Lsn(prev), Lsn(last)))),
        pages: pages.into(),
    };
    let mut effects = Effects::default();
    store.handle(Message::Upkeep(message), &log, &mut effects);
    let (mut told, mut complete_to) = (Vec::new(), 0);
    for (_, effect) in effects.drain() {
        if let Effect::Send {
            to: Address::Node(node),
            message: Message::Upkeep(UpkeepMessage::Staged { complete, .. }),
        } = effect
        {
            told.push(node.0);
            complete_to = complete.0;
        }
    }
    (told, complete_to)
}

#[test]
fn what_comes_twice_is_kept_once_and_whoever_brings_it_is_told() {
    let mut store = ObjectStore::new(NODES, HOUR);
    assert_eq!(stage(&mut store, (0, 0), (0, 3), &[]), (vec![0, 1, 2], 3));
    assert_eq!(store.bytes(), 200);
    assert_eq!(stage(&mut store, (1, 0), (0, 3), &[]), (vec![1], 3));
    assert_eq!(store.bytes(), 200);
    assert_eq!(stage(&mut store, (1, 0), (1, 7), &[]), (vec![0, 1, 2], 7));
    assert_eq!(store.bytes(), 400, "what is new of it");
}

#[test]
fn a_group_is_complete_up_to_its_first_gap() {
    let mut store = ObjectStore::new(NODES, HOUR);
    assert_eq!(stage(&mut store, (0, 0), (3, 7), &[]).1, 0);
    assert_eq!(stage(&mut store, (0, 0), (0, 1), &[]).1, 1);
    assert_eq!(stage(&mut store, (0, 0), (1, 3), &[]).1, 7);
    let complete = [0, 1, 2].map(|group| store.complete_to(GroupId(group)));
    assert_eq!(complete, [Lsn(7), Lsn::ZERO, Lsn::ZERO]);
}

#[test]
fn a_version_is_kept_once_in_its_order() {
    let log = log();
    let mut store = ObjectStore::new(NODES, HOUR);
    let [old, new, other] = [(0, 1), (0, 3), (1, 2)].map(|(page, lsn)| version(&log, page, lsn));
    stage(&mut store, (0, 0), (0, 3), &[Rc::clone(&new)]);
    stage(&mut store, (1, 0), (0, 3), &[old, new]);
    stage(&mut store, (0, 1), (0, 2), &[other]);
    let page_bytes = PAGE_BYTES as u64;
    assert_eq!((store.versions(), store.bytes()), (3, 300 + 3 * page_bytes));
}

#[test]
fn one_can_restore_to_any_end_in_the_window_before_the_first_record_that_is_missing() {
    let mut store = ObjectStore::new(NODES, HOUR);
    let ends = |store: &ObjectStore, now| store.restorable(SimTime(now), &log());
    assert_eq!(ends(&store, 40), (Lsn::ZERO, Lsn::ZERO));
    stage(&mut store, (0, 0), (0, 7), &[]);
    assert_eq!(ends(&store, 40), (Lsn::ZERO, Lsn::ZERO), "2 is missing");
    stage(&mut store, (0, 1), (0, 4), &[]);
    // 5 is there, but not all of its mini-transaction.
    assert_eq!(ends(&store, 40), (Lsn::ZERO, Lsn(4)));
    stage(&mut store, (0, 1), (4, 8), &[]);
    assert_eq!(ends(&store, 40), (Lsn::ZERO, Lsn(8)));
    // The window begins at 15: what was numbered then can still be had.
    assert_eq!(ends(&store, 1015), (Lsn(4), Lsn(8)));
    assert_eq!(ends(&store, 9000), (Lsn(8), Lsn(8)));
}

#[test]
#[should_panic(expected = "only what is staged")]
fn nothing_else_is_sent_to_object_storage() {
    let from = NodeId(0);
    let mut store = ObjectStore::new(NODES, HOUR);
    let message = Message::GossipNone { from };
    store.handle(message, &log(), &mut Effects::default());
}
