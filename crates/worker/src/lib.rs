//! Messages to and from the player, and the one clock of the project: it bounds how long a slice of
//! work lasts, so that the worker hears the next message in time.
//!
//! A message from the page is `{ command, files?, paths? }`; a message to it is `{ kind, event }`, where `kind`
//! is for whoever looks at messages. Commands and events are bytes; those of an event are handed over,
//! not copied.

mod files;
mod later;

use std::cell::{Cell, RefCell};

use js_sys::{Array, Object, Reflect, Uint8Array};
use player::{Player, Status};
use protocol::{Command, Event};
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
    let bytes = command.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec);
    let command = bytes.and_then(|bytes| Command::from_bytes(&bytes));
    if command.is_none() {
        let problem = protocol::Problem {
            text: "a message that is no command".to_owned(),
            place: None,
        };
        tell(&Event::Refused {
            request: 0,
            problem,
        });
    }
    command
}

fn tell(event: &Event) {
    post(event).expect("every event can be sent");
}

fn post(event: &Event) -> Result<(), JsValue> {
    let bytes = Uint8Array::from(event.to_bytes().as_slice());
    let message = Object::new();
    Reflect::set(&message, &"kind".into(), &event.kind().into())?;
    Reflect::set(&message, &"event".into(), &bytes)?;
    scope().post_message_with_transfer(&message, &Array::of1(&bytes.buffer()))
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
