//! The engine: commands to the player, and frames back.

use std::cell::RefCell;

use player::{Player, Status};
use protocol::Command;
use wasm_bindgen::JsValue;

use crate::later::Later;
use crate::port::{self, Slice};

/// Events between two looks at the clock.
const EVENTS_PER_LOOK: u32 = 256;

thread_local! {
    /// The one player. JavaScript calls back into a module, so it has to live in the module.
    static PLAYER: RefCell<Player> = RefCell::new(Player::default());
    /// The slice after this one, once messages that wait had their chance.
    static NEXT_SLICE: Later = Later::new(slice);
}

/// Starts listening, and says so.
pub fn start() {
    port::listen("command", Command::from_bytes, handle);
}

/// Takes a command and works on it for a slice. What is left goes on after the next message had its
/// chance.
fn handle(command: Command, message: &JsValue) {
    PLAYER.with_borrow_mut(|player| {
        if let Command::TakeWal { request } = command {
            let wal = port::bytes(message, "wal").map_or_else(Vec::new, |wal| wal.to_vec());
            player.take_wal(request, &wal);
        } else {
            player.handle(command);
        }
    });
    slice();
}

fn slice() {
    let slice = Slice::begin();
    let (events, status) = PLAYER.with_borrow_mut(|player| {
        let mut status = player.run(EVENTS_PER_LOOK);
        while status == Status::Busy && !slice.is_over() {
            status = player.run(EVENTS_PER_LOOK);
        }
        if status == Status::Busy {
            player.end_slice();
            status = player.run(0);
        }
        player.memory_is(port::memory_bytes());
        (player.events(), status)
    });
    for event in &events {
        port::tell(event, None);
    }
    if status == Status::Busy {
        NEXT_SLICE.with(Later::ask);
    }
}
