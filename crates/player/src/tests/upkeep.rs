//! What frames say of upkeep: versions, damage, object storage and the messages to it.

use protocol::{FlightKind, NodeView, Place};

use super::*;

/// Pages are coalesced, staged and scrubbed soon.
const BUSY: &str = r#"
format = 1
name = "busy"
[topology]
gossip = "5ms"
[workload]
kind = "insert"
rate = 1000
pages = 4
[storage]
coalesce_records = 2
backup = "2ms"
scrub = "20ms"
"#;

fn first_node(frame: &Frame) -> &NodeView {
    &frame.zones[0].nodes[0]
}

#[test]
fn a_damaged_page_is_told_until_it_is_mended_and_then_when() {
    let mut player = Player::default();
    let frame = load(&mut player, Source::Text(BUSY.to_owned()));
    assert_eq!(first_node(&frame).segment.first_page, None);
    let to = SeekTo::Time(50_000_000);
    let frame = play(&mut player, 1000, Command::Seek { request: 1, to });
    let page = first_node(&frame).segment.first_page.unwrap();
    assert_eq!(first_node(&frame).damaged, None);
    let (request, verb) = (2, verb(&format!("corrupt-page:a1,{page}")));
    let frame = play(&mut player, 10, Command::Act { request, verb });
    assert_eq!(first_node(&frame).damaged, Some(page));
    let to = SeekTo::Time(100_000_000);
    let frame = play(&mut player, 1000, Command::Seek { request: 1, to });
    let node = first_node(&frame);
    let (mended, at_ns) = node.mended.unwrap();
    assert_eq!((node.damaged, mended), (None, page));
    assert!((50_000_000..=frame.now_ns).contains(&at_ns));
    // The way back forgets it.
    let to = SeekTo::Time(50_000_000);
    let frame = play(&mut player, 1000, Command::Seek { request: 1, to });
    assert_eq!(first_node(&frame).mended, None);
}

#[test]
fn messages_to_object_storage_are_in_flight_and_it_says_what_it_has() {
    let mut player = Player::default();
    let frame = load(&mut player, Source::Text(BUSY.to_owned()));
    assert_eq!((frame.archive.complete, frame.archive.bytes), (0, 0));
    let (mut out, mut back) = (0, 0);
    let mut last = frame;
    for _ in 0..3000 {
        last = step(&mut player, 1);
        for flight in &last.flights {
            if flight.to == Place::Archive {
                assert_eq!(flight.kind, FlightKind::BackUp);
                assert!(flight.first_lsn <= flight.last_lsn);
                out += 1;
            } else if flight.from == Place::Archive {
                assert_eq!(flight.kind, FlightKind::BackedUp);
                back += 1;
            }
        }
    }
    assert!(out > 0 && back > 0);
    assert!(last.archive.complete > 0 && last.archive.bytes > 0);
    assert!(last.archive.complete <= last.writer.vcl);
}
