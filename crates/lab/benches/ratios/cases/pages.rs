//! Tables by page, whose copies share what they have in common, and the volumes that stand on them.

use redo::{PageId, PageMap};
use sim::Stream;

use crate::{Case, host};

#[cfg(not(target_family = "wasm"))]
pub(super) use volume::clone_volume;

const PAGES: u32 = 1_000_000;
const READS: u64 = 100_000;
const WRITES: u32 = 10_000;

fn table(pages: u32) -> PageMap<u64> {
    let mut table = PageMap::default();
    for page in 0..pages {
        *table.get_mut(PageId(page)) = u64::from(page);
    }
    table
}

/// So many pages at random.
fn places(count: u64) -> Vec<PageId> {
    let mut stream = Stream::new(1, "places");
    let place = |_| u32::try_from(stream.below(PAGES.into())).expect("below a u32");
    (0..count).map(place).map(PageId).collect()
}

/// Reading pages at random.
pub(super) fn read() -> Case {
    let (table, places) = (table(PAGES), places(READS));
    let flat: Vec<u64> = (0..PAGES).map(u64::from).collect();
    let same = places.clone();
    Case {
        yardstick: "flat vector",
        unit: "read",
        units_per_round: READS,
        bytes: None,
        note: None,
        work: Box::new(move |rounds| {
            let read = |place: &PageId| table.find(*place).copied().unwrap_or_default();
            let round = |_| places.iter().fold(0, |sum, place| sum ^ read(place));
            (0..rounds).map(round).fold(0, u64::wrapping_add)
        }),
        least: Box::new(move |rounds| {
            let read = |place: &PageId| flat[place.0 as usize];
            let round = |_| same.iter().fold(0, |sum, place| sum ^ read(place));
            (0..rounds).map(round).fold(0, u64::wrapping_add)
        }),
    }
}

/// Cloning a table. The least is to clone one with a thousandth of the pages. Bytes are those of a clone
/// and its first write.
pub(super) fn clone() -> Case {
    const CLONES: u64 = 1_000;
    let (large, small) = (table(PAGES), table(PAGES / 1_000));
    let bytes = host::bytes_of(|| {
        let mut copy = large.clone();
        *copy.get_mut(PageId(PAGES / 2)) = 1;
        std::hint::black_box(&copy);
    });
    let clones = |table: PageMap<u64>| {
        move |rounds| {
            for _ in 0..rounds * CLONES {
                std::hint::black_box(std::hint::black_box(&table).clone());
            }
            rounds
        }
    };
    Case {
        yardstick: "clone 1,000 pages",
        unit: "clone",
        units_per_round: CLONES,
        bytes,
        note: None,
        work: Box::new(clones(large)),
        least: Box::new(clones(small)),
    }
}

/// The first writes to a clone, at random. The least is to write to a flat vector. Bytes are those of a
/// write.
pub(super) fn first_writes() -> Case {
    let (table, places) = (table(PAGES), places(WRITES.into()));
    let mut flat: Vec<u64> = (0..PAGES).map(u64::from).collect();
    let same = places.clone();
    let write = move || {
        let mut copy = table.clone();
        for place in &places {
            *copy.get_mut(*place) += 1;
        }
        copy.get(places[0])
    };
    let bytes = host::bytes_of(|| {
        std::hint::black_box(write());
    });
    Case {
        yardstick: "flat vector",
        unit: "write",
        units_per_round: WRITES.into(),
        bytes: bytes.map(|bytes| bytes / f64::from(WRITES)),
        note: None,
        work: Box::new(move |rounds| (0..rounds).map(|_| write()).fold(0, u64::wrapping_add)),
        least: Box::new(move |rounds| {
            for _ in 0..rounds {
                for place in &same {
                    flat[place.0 as usize] += 1;
                }
            }
            flat[0]
        }),
    }
}

#[cfg(not(target_family = "wasm"))]
mod volume {
    use std::rc::Rc;

    use lab::{Scenario, Schedule, Script, World};
    use sim::Span;

    use crate::Case;

    /// Cloning a volume with ten million pages, from the order to the first message of the clone's
    /// writer, against one with ten thousand. As many records were written as there are pages.
    pub(in super::super) fn clone_volume() -> Case {
        let (large, small) = (volume(10_000_000), volume(10_000));
        let allocated = |(world, schedule): &(World, Schedule)| {
            let mut world = world.clone();
            let measured = allocation_counter::measure(|| {
                std::hint::black_box(cloned(&mut world, schedule));
            });
            measured.bytes_total
        };
        let (bytes, bytes_small) = (allocated(&large), allocated(&small));
        assert!(bytes < 64 << 10, "a clone allocates {bytes} bytes");
        let clones = |(world, schedule): (World, Schedule)| {
            move |rounds| (0..rounds).fold(0, |sum, _| sum ^ cloned(&mut world.clone(), &schedule))
        };
        Case {
            yardstick: "clone 10,000 pages",
            unit: "clone",
            units_per_round: 1,
            bytes: None,
            note: Some(format!(
                "allocates {bytes} bytes, {bytes_small} for the small volume"
            )),
            work: Box::new(clones(large)),
            least: Box::new(clones(small)),
        }
    }

    /// A volume to whose pages so many records were written, all durable, and what is done next.
    fn volume(pages: u32) -> (World, Schedule) {
        let text = format!(
            r#"
            format = 1
            weight = "account"
            [topology]
            gossip = "1s"
            [workload]
            kind = "insert"
            rate = 100
            records_per_commit = 1000
            pages = {pages}
            "#
        );
        let script = Script {
            scenario: Scenario::parse(&text).expect("a good scenario"),
            seed: 1,
            recording: None,
        };
        let mut schedule = Schedule::new(&script.scenario);
        let mut world = World::new(&Rc::new(script));
        let mut trace = Vec::new();
        while world.tally().commits_acked < u64::from(pages / 1000) {
            trace.clear();
            world.step(&schedule, &mut trace);
        }
        schedule.add(world.now() + Span(1), "clone:v1".parse().expect("a verb"));
        (world, schedule)
    }

    fn cloned(world: &mut World, schedule: &Schedule) -> u64 {
        let mut trace = Vec::new();
        while world.volumes().len() == 1 {
            assert!(world.step(schedule, &mut trace), "there is a clone to come");
        }
        world.trace_hash()
    }
}
