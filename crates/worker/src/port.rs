//! The port to the page: what comes is read, what goes is written.

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array, WebAssembly};
use protocol::{Event, Problem};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// How long a slice of work may last.
const SLICE_MS: f64 = 8.0;

/// Starts listening for messages that hold something under a key, and says so. What `read` does not
/// understand is told to whoever reads the console, and dropped.
pub(crate) fn listen<T>(
    key: &'static str,
    read: impl Fn(&[u8]) -> Option<T> + 'static,
    take: impl Fn(T, &JsValue) + 'static,
) {
    std::panic::set_hook(Box::new(|info| {
        let event = Event::Panicked {
            text: info.to_string(),
        };
        // Nothing can be done about a failure to report a failure: the page's heartbeat sees it.
        drop(post(&event, None));
    }));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let message = message.data();
        let bytes = bytes(&message, key);
        if let Some(found) = bytes.and_then(|bytes| read(&bytes.to_vec())) {
            take(found, &message);
        } else {
            let text = format!("a message that is no {key}");
            let problem = Problem { text, place: None };
            let request = 0;
            tell(&Event::Refused { request, problem }, None);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let model = protocol::MODEL;
    tell(&Event::Ready { model }, None);
}

/// The bytes that a message holds under a key.
pub(crate) fn bytes(message: &JsValue, key: &str) -> Option<Uint8Array> {
    Reflect::get(message, &key.into()).ok()?.dyn_into().ok()
}

/// Tells the page something, and hands over the WAL that it tells of.
pub(crate) fn tell(event: &Event, wal: Option<&[u8]>) {
    post(event, wal).expect("every event can be sent");
}

fn post(event: &Event, wal: Option<&[u8]>) -> Result<(), JsValue> {
    let message = Object::new();
    Reflect::set(&message, &"kind".into(), &event.kind().into())?;
    let handed_over = Array::new();
    for (key, bytes) in [("event", Some(event.to_bytes().as_slice())), ("wal", wal)] {
        if let Some(bytes) = bytes {
            let bytes = Uint8Array::from(bytes);
            Reflect::set(&message, &key.into(), &bytes)?;
            handed_over.push(&bytes.buffer());
        }
    }
    scope().post_message_with_transfer(&message, &handed_over)
}

/// A slice of work that has begun.
pub(crate) struct Slice {
    end_ms: f64,
}

impl Slice {
    /// Begins one.
    pub(crate) fn begin() -> Self {
        Self {
            end_ms: now_ms() + SLICE_MS,
        }
    }

    /// Whether it has lasted as long as it may.
    pub(crate) fn is_over(&self) -> bool {
        now_ms() >= self.end_ms
    }
}

/// The wall clock, in milliseconds since the worker began.
pub(crate) fn now_ms() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// How much memory the program has taken from the browser so far.
pub(crate) fn memory_bytes() -> u64 {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: ArrayBuffer = memory.buffer().unchecked_into();
    buffer.byte_length().into()
}
