//! The wire itself: a worker, what it is sent and what it says, as the protocol's types.
//!
//! There are two programs: the engine, and what does one job ([`super::job`]).

use gloo::timers::callback::Timeout;
use gloo::utils::document;
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use protocol::{Command, Event, Job};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Url, Worker, WorkerOptions};

use super::user_files::UserFile;

/// What a worker runs. It is the worker's name, from which `www/worker-boot.js` knows what to load.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Program {
    Engine,
    Jobs,
}

/// What comes over the wire.
pub(crate) enum Incoming {
    /// The worker says something, and hands over the WAL that it read.
    Said(Event, Option<Uint8Array>),
    /// The worker broke, in its own or the browser's words.
    Broke(String),
}

/// What is listened for, and what is then done.
type Listener = (&'static str, Closure<dyn FnMut(JsValue)>);

/// A worker that runs.
pub(crate) struct Wire {
    worker: Worker,
    listeners: Vec<Listener>,
}

impl Wire {
    /// Starts a worker, or takes the one that was started beside the page. Nothing may be sent before
    /// it says that it is ready.
    pub(crate) fn open(
        program: Program,
        heard: impl Fn(Incoming) + Clone + 'static,
    ) -> Result<Self, String> {
        let first = match program {
            Program::Engine => FirstEngine::take(),
            Program::Jobs => None,
        };
        let worker = match &first {
            Some(first) => first.worker.clone(),
            None => start(program).map_err(|error| describe(&error))?,
        };
        let said = heard.clone();
        let broke = heard.clone();
        let garbled = heard;
        let mut wire = Self {
            worker,
            listeners: Vec::new(),
        };
        wire.listen("message", move |event| {
            let event: MessageEvent = event.unchecked_into();
            said(read(&event.data()).unwrap_or_else(|error| Incoming::Broke(describe(&error))));
        })?;
        wire.listen("error", move |event| {
            // The page says it in words; the console need not.
            event.unchecked_ref::<web_sys::Event>().prevent_default();
            broke(Incoming::Broke(describe(&event)));
        })?;
        wire.listen("messageerror", move |event| {
            garbled(Incoming::Broke(describe(&event)));
        })?;
        if let Some(first) = first {
            first.pass_on();
        }
        Ok(wire)
    }

    fn listen(
        &mut self,
        kind: &'static str,
        heard: impl FnMut(JsValue) + 'static,
    ) -> Result<(), String> {
        let closure = Closure::<dyn FnMut(JsValue)>::new(heard);
        self.worker
            .add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref())
            .map_err(|error| describe(&error))?;
        self.listeners.push((kind, closure));
        Ok(())
    }

    /// Sends the engine a command, with a WAL where it is about one.
    pub(crate) fn send(&self, command: &Command, wal: Option<&Uint8Array>) -> Result<(), String> {
        let command = Uint8Array::from(command.to_bytes().as_slice());
        self.post(&[
            ("command", &command),
            ("wal", wal.map_or(&JsValue::UNDEFINED, AsRef::as_ref)),
        ])
    }

    /// Gives a worker its job, with files where it is about files.
    pub(crate) fn give(&self, job: Job, files: &[UserFile]) -> Result<(), String> {
        let job = Uint8Array::from(job.to_bytes().as_slice());
        let paths: Array = files.iter().map(|of| JsValue::from(&of.path)).collect();
        let files: Array = files.iter().map(|of| &of.file).collect();
        self.post(&[("job", &job), ("files", &files), ("paths", &paths)])
    }

    fn post(&self, parts: &[(&str, &JsValue)]) -> Result<(), String> {
        let message = Object::new();
        let set = |(key, part): &(&str, &JsValue)| Reflect::set(&message, &(*key).into(), part);
        let set = parts.iter().try_for_each(|part| set(part).map(drop));
        set.and_then(|()| self.worker.post_message(&message))
            .map_err(|error| describe(&error))
    }

    /// Ends the worker, whatever it does.
    pub(crate) fn cut(self) {
        self.worker.terminate();
        for (kind, closure) in &self.listeners {
            // Both were there a moment ago.
            drop(
                self.worker
                    .remove_event_listener_with_callback(kind, closure.as_ref().unchecked_ref()),
            );
        }
        // One of the listeners may be the caller: they are let go when it has returned.
        Timeout::new(0, move || drop(self)).forget();
    }
}

/// The worker that `www/start.js` starts while the page is still loaded, and what it said since.
struct FirstEngine {
    worker: Worker,
    said: Array,
}

impl FirstEngine {
    /// Takes it, if it is there: the first who asks gets it, and nobody else listens from then on.
    fn take() -> Option<Self> {
        let (global, name) = (js_sys::global(), JsValue::from("firstEngine"));
        let first = Reflect::get(&global, &name).ok()?;
        let worker = Reflect::get(&first, &"worker".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let said = Reflect::get(&first, &"said".into()).ok()?.dyn_into().ok()?;
        let leave: Function = Reflect::get(&first, &"leave".into())
            .ok()?
            .dyn_into()
            .ok()?;
        leave.call0(&first).ok()?;
        Reflect::delete_property(&global, &name).ok()?;
        Some(Self { worker, said })
    }

    /// Lets it say again what nobody has heard, once the caller is ready to answer.
    fn pass_on(self) {
        let Self { worker, said } = self;
        Timeout::new(0, move || {
            for event in said.iter() {
                let again = worker.dispatch_event(event.unchecked_ref());
                again.expect("an event that was heard can be told again");
            }
        })
        .forget();
    }
}

/// Starts a worker. Its script lies beside the page; its files are told apart by the version alone.
fn start(program: Program) -> Result<Worker, JsValue> {
    let document = document();
    let version = document
        .query_selector("meta[name=worker-version]")?
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_default();
    let base = document.base_uri()?.unwrap_or_default();
    let script = Url::new_with_base(&format!("worker-boot.js?v={version}"), &base)?;
    let options = WorkerOptions::new();
    options.set_name(match program {
        Program::Engine => "worker",
        Program::Jobs => "jobs",
    });
    Worker::new_with_options(&script.href(), &options)
}

/// What the engine says, or the script that could not start it.
fn read(message: &JsValue) -> Result<Incoming, JsValue> {
    if let Some(failed) = Reflect::get(message, &"failed".into())?.as_string() {
        return Ok(Incoming::Broke(failed));
    }
    let event = Reflect::get(message, &"event".into())?;
    let bytes = event.dyn_into::<Uint8Array>()?.to_vec();
    let event = Event::from_bytes(&bytes).ok_or("a message that is no event")?;
    let wal = Reflect::get(message, &"wal".into())?.dyn_into().ok();
    Ok(Incoming::Said(event, wal))
}

/// An error, or an event about one, in words. Browsers are not of one mind about what these hold.
fn describe(error: &JsValue) -> String {
    Reflect::get(error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| String::from(Object::from(error.clone()).to_string()))
}
