//! A run of every distribution, order and fault that there is, and the hashes that it must give.

use player::{Player, Status};
use protocol::{Command, Event, SeekTo, Source};

const SCENARIO: &str = include_str!("scenario.toml");
const TRACE_HASH: &str = "eb8b944d4fe02d97";
const STATE_HASH: &str = "3a274704bfbc9d26";

pub(crate) fn check() {
    for weight in ["exact", "account"] {
        for slice in [1, 100_000] {
            let text = format!("weight = \"{weight}\"\n{SCENARIO}");
            let (trace, state) = hashes(&text, slice);
            assert_eq!((trace.as_str(), state.as_str()), (TRACE_HASH, STATE_HASH));
        }
    }
}

fn hashes(text: &str, slice: u32) -> (String, String) {
    let mut player = Player::default();
    player.handle(Command::Load {
        request: 1,
        source: Source::Text(text.to_owned()),
        changes: Vec::new(),
        seed: None,
        edits: Vec::new(),
        cursor: SeekTo::Event(20_000),
    });
    while player.run(slice) == Status::Busy {}
    match player.events().pop() {
        Some(Event::Frame { frame, .. }) => (
            frame.trace_hash,
            frame.state_hash.expect("a seek ends with one"),
        ),
        other => panic!("expected a frame, found {other:?}"),
    }
}
