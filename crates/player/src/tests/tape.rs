//! The tape and the flights, held against what the event list says.

use std::collections::BTreeMap;

use protocol::{CardCell, Category, FlightKind, Happening, Node, Place};

use super::*;

/// What the event list told of a node.
#[derive(Default)]
struct Told {
    /// First and last record of each parcel that it received.
    received: Vec<(u64, u64)>,
    /// Of these, what is on its disk.
    stored: Vec<(u64, u64)>,
    /// The SCL that the writer heard of.
    acked: u64,
}

impl Told {
    fn cell(&self, lsn: u64, sent: u64) -> CardCell {
        let among = |runs: &[(u64, u64)]| runs.iter().any(|(a, b)| (*a..=*b).contains(&lsn));
        if lsn <= self.acked {
            CardCell::Acked
        } else if among(&self.stored) {
            CardCell::Stored
        } else if among(&self.received) {
            CardCell::Received
        } else if lsn <= sent {
            CardCell::Sent
        } else {
            CardCell::Absent
        }
    }
}

/// Without faults, and with a tape that shows every record.
#[test]
fn every_cell_of_the_tape_is_what_the_event_list_told() {
    let mut player = Player::default();
    let view = View {
        tape_cards: 200,
        tape_from: Some(1),
        categories: Category::ALL.to_vec(),
        ..View::default()
    };
    play(&mut player, 1, Command::Look { request: 1, view });
    let mut told: BTreeMap<Node, Told> = BTreeMap::new();
    let (mut issued, mut seen) = (0, BTreeMap::<String, u32>::new());
    for _ in 0..250 {
        let frame = step(&mut player, 1);
        for line in frame.events.iter().filter(|line| line.event == frame.event) {
            if let Happening::Issued { last, .. } = line.what {
                issued = last;
            }
            if let Happening::Received {
                node, first, last, ..
            } = line.what
            {
                told.entry(node).or_default().received.push((first, last));
            }
            if let Happening::Stored { node, last, .. } = line.what {
                let told = told.entry(node).or_default();
                let run = told.received.iter().find(|run| run.1 == last);
                told.stored.extend(run.copied());
            }
            if let Happening::Acked { node, scl, .. } = line.what {
                told.entry(node).or_default().acked = scl;
            }
        }
        let nodes = frame.zones.iter().flat_map(|zone| &zone.nodes);
        let nodes: Vec<_> = nodes.map(|node| node.node).collect();
        for card in &frame.tape.cards {
            let expected = nodes.iter().map(|node| {
                let told = told.entry(*node).or_default();
                told.cell(card.lsn, issued)
            });
            let expected: Vec<_> = expected.collect();
            assert_eq!(card.cells, expected, "record {}", card.lsn);
            for cell in &card.cells {
                *seen.entry(format!("{cell:?}")).or_default() += 1;
            }
        }
    }
    let seen: Vec<_> = seen.keys().map(String::as_str).collect();
    assert_eq!(seen, ["Acked", "Received", "Sent", "Stored"]);
}

#[test]
fn an_empty_answer_to_gossip_flies_to_whoever_asked() {
    let mut player = Player::default();
    seek(&mut player, 1000);
    // Three copies lack the same, and ask each other for it.
    for text in ["drop:b2,9", "drop:c1,9", "drop:c2,9"] {
        let verb = verb(text);
        play(&mut player, 1000, Command::Act { request: 1, verb });
    }
    let mut empty = 0;
    for _ in 0..9000 {
        let frame = step(&mut player, 1);
        let flights = frame.flights.iter();
        for flight in flights.filter(|flight| flight.kind == FlightKind::GossipEmpty) {
            let (Place::Node(peer), Place::Node(asker)) = (flight.from, flight.to) else {
                panic!("nodes gossip with nodes: {flight:?}");
            };
            let mut nodes = frame.zones.iter().flat_map(|zone| &zone.nodes);
            let asker = nodes.find(|node| node.node == asker).unwrap();
            assert_eq!(asker.segment.asks, Some(peer));
            empty += 1;
        }
        if empty > 0 {
            return;
        }
    }
    panic!("nobody answered that it has nothing");
}

/// The page draws each message that it is told of as a node of its own, so there have to be few.
#[test]
fn a_frame_tells_of_400_messages_and_counts_the_others() {
    let text = r#"
        format = 1
        name = "crowded"
        [latency]
        boxcar_us = 0
        [workload]
        kind = "insert"
        rate = 400000
        pages = 48
    "#;
    let mut player = Player::default();
    player.handle(Command::Load {
        request: 1,
        source: Source::Text(text.to_owned()),
        changes: Vec::new(),
        seed: None,
        edits: Vec::new(),
        cursor: SeekTo::Event(5_000),
    });
    while player.run(1000) == Status::Busy {}
    player.events();
    let frame = step(&mut player, 0);
    assert_eq!(frame.flights.len(), 400);
    assert!(frame.flights_left_out > 400);
}
