//! Messages to and from the player, and the one clock of the project: it bounds how long a slice of
//! work lasts, so that the worker hears the next message in time.
//!
//! A message from the page is `{ command, files? }`; a message to it is `{ event, latency? }`, where
//! `latency` is the column of a frame, a typed array whose buffer is handed over, not copied.

mod later;

use std::cell::{Cell, RefCell};

use js_sys::{Array, Object, Reflect, Uint8Array, Uint32Array};
use player::{Player, Status, Want};
use protocol::{Command, Event};
use serde::Serialize as _;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, File, FileReaderSync, MessageEvent};

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
    /// The files that the player reads.
    static FILES: RefCell<Vec<File>> = const { RefCell::new(Vec::new()) };
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
        let files = files_of(message);
        let names = files
            .iter()
            .map(|file| (file.name(), size_of(file)))
            .collect();
        PLAYER.with_borrow_mut(|player| player.open_wal(request, names));
        FILES.replace(files);
    } else {
        PLAYER.with_borrow_mut(|player| player.handle(command));
    }
    slice();
}

/// The files beside a message.
fn files_of(message: &JsValue) -> Vec<File> {
    let files = Reflect::get(message, &"files".into()).unwrap_or(JsValue::UNDEFINED);
    Array::from(&files)
        .iter()
        .filter_map(|file| file.dyn_into().ok())
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a file's size"
)]
fn size_of(file: &File) -> u64 {
    file.size() as u64
}

/// Reads the part of a file that the player wants. A file that cannot be read any more gives
/// nothing, which the player takes for its end.
#[expect(
    clippy::cast_precision_loss,
    reason = "a file is shorter than 2^53 bytes"
)]
fn read(want: Want) -> Vec<u8> {
    let slice = FILES.with_borrow(|files| {
        let (from, to) = (want.offset as f64, (want.offset + want.length) as f64);
        files
            .get(want.file)
            .and_then(|file| file.slice_with_f64_and_f64(from, to).ok())
    });
    let reader = FileReaderSync::new().expect("every worker has one");
    let buffer = slice.and_then(|slice| reader.read_as_array_buffer(&slice).ok());
    buffer.map_or_else(Vec::new, |buffer| Uint8Array::new(&buffer).to_vec())
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
        while let Some(want) = player.wants() {
            if now() >= end {
                status = Status::Busy;
                break;
            }
            player.feed(&read(want));
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
