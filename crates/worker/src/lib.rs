//! Messages to and from the player, and the one clock of the project: it bounds how long a slice of
//! work lasts, so that the worker hears the next message in time.
//!
//! A message from the page is `{ command, files?, paths? }`; a message to it is `{ event, latency? }`, where
//! `latency` is the column of a frame, a typed array whose buffer is handed over, not copied.

mod files;
mod later;

use std::cell::{Cell, RefCell};

use js_sys::{Array, Object, Reflect, Uint32Array};
use player::{Player, Status};
use protocol::{Command, Event};
use serde::Serialize as _;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use later::Later;

/// How long a slice of work may last.
const SLICE_MS: f64 = 8.0;
/// An experiment tells how far it is no more often than this.
const PROGRESS_MS: f64 = 100.0;
/// Events between two looks at the clock.
const EVENTS_PER_LOOK: u32 = 256;

thread_local! {
    /// The one player. JavaScript calls back into a module, so it has to live in the module.
    static PLAYER: RefCell<Player> = RefCell::new(Player::default());
    /// When an experiment told last how far it is.
    static TOLD_MS: Cell<f64> = const { Cell::new(0.0) };
    /// The slice after this one, once messages that wait had their chance.
    static NEXT_SLICE: Later = Later::new(slice);
}

/// Starts listening, and says so.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        let event = Event::Panicked {
            text: info.to_string(),
        };
        // Nothing can be done about a failure to report a failure: the page's heartbeat sees it.
        drop(post(&event));
    }));
    let scope = scope();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|message: MessageEvent| {
        if let Some(command) = command_of(&message.data()) {
            handle(command, &message.data());
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    tell(&Event::Ready {
        model: protocol::MODEL,
    });
}

/// Takes a command and works on it for a slice. What is left goes on after the next message had its
/// chance.
fn handle(command: Command, message: &JsValue) {
    if let Command::OpenWal { request } = command {
        let files = files::beside(message);
        PLAYER.with_borrow_mut(|player| player.open_wal(request, files));
    } else {
        PLAYER.with_borrow_mut(|player| player.handle(command));
    }
    slice();
}

fn slice() {
    let clock = scope().performance();
    let now = || clock.as_ref().map_or(0.0, web_sys::Performance::now);
    let end = now() + SLICE_MS;
    let (events, status) = PLAYER.with_borrow_mut(|player| {
        let mut status = player.run(EVENTS_PER_LOOK);
        while status == Status::Busy && now() < end {
            status = player.run(EVENTS_PER_LOOK);
        }
        if status == Status::Busy {
            player.end_slice();
            status = player.run(0);
        }
        if now() >= TOLD_MS.get() + PROGRESS_MS {
            player.tell_progress();
            TOLD_MS.set(now());
        }
        while player.is_reading() {
            if now() >= end {
                status = Status::Busy;
                break;
            }
            player.read_on();
        }
        (player.events(), status)
    });
    for event in &events {
        tell(event);
    }
    if status == Status::Busy {
        NEXT_SLICE.with(Later::ask);
    }
}

/// The command in a message. What is no command is told to whoever reads the console, and dropped.
fn command_of(message: &JsValue) -> Option<Command> {
    let command = Reflect::get(message, &"command".into()).ok()?;
    match serde_wasm_bindgen::from_value(command) {
        Ok(command) => Some(command),
        Err(error) => {
            let text = format!("a message that is no command: {error}");
            let problem = protocol::Problem { text, place: None };
            tell(&Event::Refused {
                request: 0,
                problem,
            });
            None
        }
    }
}

fn tell(event: &Event) {
    post(event).expect("every event can be sent");
}

fn post(event: &Event) -> Result<(), JsValue> {
    let message = Object::new();
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    Reflect::set(&message, &"event".into(), &event.serialize(&serializer)?)?;
    let handed_over = Array::new();
    if let Event::Frame { frame, .. } = event {
        let latency = Uint32Array::from(frame.columns.latency.as_slice());
        Reflect::set(&message, &"latency".into(), &latency)?;
        handed_over.push(&latency.buffer());
    }
    scope().post_message_with_transfer(&message, &handed_over)
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
