//! A session of more than a million events, with its branches, fits the memory that the page promises.
#![cfg(target_arch = "wasm32")]

use core::arch::wasm32::memory_size;

use player::{MEMORY_CAP, Player, Status};
use protocol::{Command, Event, Frame, SeekTo};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Bytes of a page of WebAssembly's memory, by its specification.
const PAGE_BYTES: u64 = 64 << 10;

/// What the player and whatever it holds have ever taken: memory of WebAssembly only grows.
fn memory_bytes() -> u64 {
    memory_size(0) as u64 * PAGE_BYTES
}

/// Does a command as the worker does it, and gives the frame at its end and the events that happened.
fn done(player: &mut Player, command: Command) -> (Frame, u64) {
    const SLICE: u32 = 256;
    player.handle(command);
    let mut slices = 0;
    while player.run(SLICE) == Status::Busy {
        slices += 1;
        if slices % 64 == 0 {
            player.memory_is(memory_bytes());
        }
    }
    player.memory_is(memory_bytes());
    match player.events().pop() {
        Some(Event::Frame { frame, .. }) => (*frame, slices * u64::from(SLICE)),
        other => panic!("expected a frame, found {other:?}"),
    }
}

fn seek(player: &mut Player, event: u64) -> (Frame, u64) {
    let (request, to) = (1, SeekTo::Event(event));
    done(player, Command::Seek { request, to })
}

/// The branch that a frame shows.
fn current(frame: &Frame) -> u32 {
    let shown = frame.branches.iter().find(|branch| branch.current);
    shown.expect("one is shown").id
}

const fn to_branch(branch: u32) -> Command {
    Command::Branch { request: 3, branch }
}

#[wasm_bindgen_test]
fn memory_stays_under_the_cap() {
    const EVENTS: u64 = 1_200_000;
    const BRANCH: u64 = 40_000;
    let mut player = Player::default();
    let (mut happened, mut newest) = (0, 0);
    while happened < EVENTS {
        newest += BRANCH;
        let (_, forward) = seek(&mut player, newest);
        let (past, back) = seek(&mut player, newest - BRANCH / 2);
        let verb = "slow:a1,1ms".parse().expect("it is a verb");
        let (acted, _) = done(&mut player, Command::Act { request: 2, verb });
        assert_eq!(acted.branches.len(), past.branches.len() + 1);
        let (returned, again) = done(&mut player, to_branch(current(&past)));
        assert_eq!(returned.state_hash, past.state_hash);
        // It goes on in the new one.
        let (_, there) = done(&mut player, to_branch(current(&acted)));
        happened += forward + back + again + there;
    }
    let (frame, _) = seek(&mut player, newest);
    let memory = frame.timeline.memory;
    console_log!(
        "{happened} events, {} branches, {} keyframes: {} MiB of {} MiB",
        frame.branches.len(),
        frame.timeline.keyframes,
        memory.bytes >> 20,
        memory.cap >> 20,
    );
    assert_eq!(memory.cap, MEMORY_CAP);
    assert!(memory_bytes() < MEMORY_CAP, "{memory:?}");
}
