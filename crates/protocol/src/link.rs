//! Links: a run, what was done in it and where one stands in it, as text behind the `#` of an address.
//!
//! ```text
//! v=1&x=insert&p=topology.write_quorum:5&s=42&e=az-down:b@2s;slow:a1,50ms@3s&t=4.2s+3&m=5&h=9f3c52d80a1b77e4&c=5a1e
//! ```
//!
//! | key | holds |
//! |---|---|
//! | `v` | the version of this form, 1 |
//! | `x`, `f` or `w` | what runs: a scenario that the project ships, the text of one, or the reader's own WAL by its digest |
//! | `p` | what is changed in the scenario: `path:value`, separated by `;` |
//! | `s` | the seed, unless it is the scenario's own |
//! | `e` | what the reader did: `verb@time`, separated by `;` |
//! | `t` | where to stand: a time, with `+n` behind the n-th event of that time |
//! | `g` | the protection group that the stage shows, from 1, unless it is the first |
//! | `n` | the step of the exhibit on whose page it is, from 1 |
//! | `m`, `h` | the version of the model that wrote it, and the hash of the state there |
//! | `z` | in place of all these: the same, deflated and in base64 |
//! | `c` | a check (CRC-16) over everything before it |
//!
//! A text is written plain up to [`PLAIN_MAX`] characters, deflated up to [`LINK_MAX`]; what is longer
//! goes into a file, plain. Reading is strict: what cannot be read is told and left out, and what is
//! left is the link.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use crc::{CRC_16_IBM_SDLC, Crc, NoTable};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::command::{Change, Edit, EditError, SeekTo, Source};
use crate::event::Problem;
use crate::{duration, hex, unhex};

/// The longest link that is written plain, in characters without the `#`.
pub const PLAIN_MAX: usize = 1_500;
/// The longest link.
pub const LINK_MAX: usize = 2_000;
/// The longest text that is read, in bytes, plain or inflated.
const TEXT_MAX: usize = 1 << 21;

const CHECK: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_IBM_SDLC);

/// What stands in a value as it is; the rest is written `%20`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',')
    .remove(b':');

/// A run and a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What runs.
    pub origin: Origin,
    /// What is changed in the scenario.
    pub changes: Vec<Change>,
    /// Another seed than the scenario's.
    pub seed: Option<u64>,
    /// What was done in it.
    pub edits: Vec<Edit>,
    /// Where to stand.
    pub cursor: SeekTo,
    /// The protection group that the stage shows, from 0.
    pub group: u32,
    /// The step of the exhibit on whose page it is, from 1; 0 for none.
    pub step: u32,
    /// What the state was there.
    pub state: Option<Stamp>,
}

/// What a link's run is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A scenario that the project ships, by its name.
    Shipped(String),
    /// The text of a scenario file.
    Text(String),
    /// The reader's own WAL, by the digest of its bytes.
    OwnWal(String),
}

impl Origin {
    /// What to load.
    pub fn source(&self) -> Source {
        match self {
            Self::Shipped(name) => Source::Shipped(name.clone()),
            Self::Text(text) => Source::Text(text.clone()),
            Self::OwnWal(_) => Source::OwnWal,
        }
    }
}

/// The state that the link's author saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Version of the model that made it.
    pub model: u32,
    /// Hash of the state.
    pub hash: u64,
}

/// A link that was read, with what there is to know about its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What could be read.
    pub link: Link,
    /// What could not, and was left out.
    pub left_out: Vec<Problem>,
    /// The check does not fit: someone changed the text, or a part of it is lost.
    pub edited: bool,
}

/// A link that is longer than [`LINK_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// How long, in characters.
    pub length: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.length;
        write!(f, "expected at most {LINK_MAX} characters, found {length}")
    }
}

impl std::error::Error for TooLong {}

impl Link {
    /// The link as text, without `#`.
    ///
    /// # Errors
    /// It would be too long: [`Self::to_file`] writes it.
    pub fn to_text(&self) -> Result<String, TooLong> {
        let plain = self.to_file();
        if plain.len() <= PLAIN_MAX {
            return Ok(plain);
        }
        let packed = miniz_oxide::deflate::compress_to_vec(self.body().as_bytes(), 10);
        let packed = checked(format!("v=1&z={}", BASE64.encode(packed)));
        let length = packed.len();
        (length <= LINK_MAX)
            .then_some(packed)
            .ok_or(TooLong { length })
    }

    /// The same for a file: plain, and as long as it takes.
    pub fn to_file(&self) -> String {
        checked(format!("v=1&{}", self.body()))
    }

    fn body(&self) -> String {
        let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let mut pairs = vec![match &self.origin {
            Origin::Shipped(name) => format!("x={}", escape(name)),
            Origin::Text(text) => format!("f={}", escape(text)),
            Origin::OwnWal(digest) => format!("w={}", escape(digest)),
        }];
        if !self.changes.is_empty() {
            let change =
                |Change { path, value }: &Change| format!("{}:{}", escape(path), escape(value));
            pairs.push(format!("p={}", joined(&self.changes, change)));
        }
        if let Some(seed) = self.seed {
            pairs.push(format!("s={seed}"));
        }
        if !self.edits.is_empty() {
            pairs.push(format!("e={}", joined(&self.edits, Edit::to_string)));
        }
        pairs.push(format!("t={}", self.cursor));
        if self.group > 0 {
            pairs.push(format!("g={}", u64::from(self.group) + 1));
        }
        if self.step > 0 {
            pairs.push(format!("n={}", self.step));
        }
        if let Some(Stamp { model, hash }) = self.state {
            pairs.push(format!("m={model}&h={}", hex(hash)));
        }
        pairs.join("&")
    }

    /// Reads a link: the text behind the `#` of an address, the address with it, or a file.
    ///
    /// # Errors
    /// Nothing can be read: another version, damage to what is packed, or no word of what runs.
    pub fn read(text: &str) -> Result<Reading, Problem> {
        let text = text.trim();
        let text = text.split_once('#').map_or(text, |(_, text)| text);
        if text.len() > TEXT_MAX {
            let found = format!("{} bytes", text.len());
            return Err(problem(None, "a link of at most 2 MiB", &found));
        }
        let (checked, check) = match text.rsplit_once("&c=") {
            Some((before, check)) => (before, Some(check)),
            None => (text, None),
        };
        let edited = check != Some(check_of(checked).as_str());
        let expected = "a link that begins with `v=1&`, as this version writes it";
        let body = checked
            .strip_prefix("v=1&")
            .ok_or_else(|| problem(Some("v"), expected, checked))?;
        let link = match body.strip_prefix("z=") {
            Some(packed) => read_body(&unpacked(packed)?),
            None => read_body(body),
        };
        link.map(|(link, left_out)| Reading {
            link,
            left_out,
            edited,
        })
    }
}

/// Whether a text behind a `#` means to be a link.
pub fn is_link(text: &str) -> bool {
    text.trim_start_matches('#').starts_with("v=")
}

fn joined<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let texts: Vec<_> = items.iter().map(text).collect();
    texts.join(";")
}

fn checked(text: String) -> String {
    let check = check_of(&text);
    text + "&c=" + &check
}

fn check_of(text: &str) -> String {
    format!("{:04x}", CHECK.checksum(text.as_bytes()))
}

fn unpacked(packed: &str) -> Result<String, Problem> {
    let bytes = BASE64.decode(packed).ok();
    let inflate =
        |bytes: Vec<u8>| miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, TEXT_MAX).ok();
    let text = bytes.and_then(inflate).map(String::from_utf8);
    let expected = "a packed link that is whole";
    let text = text.and_then(Result::ok);
    text.ok_or_else(|| problem(Some("z"), expected, packed))
}

fn read_body(body: &str) -> Result<(Link, Vec<Problem>), Problem> {
    let mut left_out = Vec::new();
    let mut origin = None;
    let mut link = Link {
        origin: Origin::Shipped(String::new()),
        changes: Vec::new(),
        seed: None,
        edits: Vec::new(),
        cursor: SeekTo::Time(0),
        group: 0,
        step: 0,
        state: None,
    };
    let (mut model, mut hash) = (None, None);
    let mut seen = Vec::new();
    for pair in body.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if seen.contains(&key) {
            left_out.push(problem(Some(key), "each key once", "it twice"));
            continue;
        }
        seen.push(key);
        let mut wrong = |expected: &str| left_out.push(problem(Some(key), expected, value));
        match key {
            "x" | "f" | "w" if origin.is_some() => wrong("one of x, f and w"),
            "x" | "f" | "w" => {
                let make = match key {
                    "x" => Origin::Shipped,
                    "f" => Origin::Text,
                    _ => Origin::OwnWal,
                };
                match unescaped(value).filter(|text| !text.is_empty()) {
                    Some(text) => origin = Some(make(text)),
                    None => wrong("a name or a text"),
                }
            }
            "p" => each(key, value, &mut left_out, change, &mut link.changes),
            "s" => match whole(value) {
                Some(seed) => link.seed = Some(seed),
                None => wrong("a seed: a whole number below 2 to the 64th"),
            },
            "e" => {
                let edit = |text: &str| text.parse().map_err(|EditError(expected)| expected);
                each(key, value, &mut left_out, edit, &mut link.edits);
            }
            "t" => match value.parse() {
                Ok(cursor) => link.cursor = cursor,
                Err(CursorError) => wrong(CursorError::EXPECTED),
            },
            "g" => match whole(value).and_then(|group| u32::try_from(group.checked_sub(1)?).ok()) {
                Some(group) => link.group = group,
                None => wrong("the number of a protection group, from 1"),
            },
            "n" => match whole(value).and_then(|step| u32::try_from(step).ok()) {
                Some(step) if step > 0 => link.step = step,
                Some(_) | None => wrong("the number of a step, from 1"),
            },
            "m" => match whole(value).and_then(|model| u32::try_from(model).ok()) {
                Some(read) => model = Some(read),
                None => wrong("the version of a model"),
            },
            "h" => match unhex(value).filter(|hash| hex(*hash) == value) {
                Some(read) => hash = Some(read),
                None => wrong("the hash of a state: 16 hexadecimal digits"),
            },
            _ => wrong("one of the keys x, f, w, p, s, e, t, g, n, m, h"),
        }
    }
    link.state = match (model, hash) {
        (Some(model), Some(hash)) => Some(Stamp { model, hash }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            left_out.push(problem(Some("h"), "both m and h", "one of them"));
            None
        }
    };
    let expected = "what runs: `x=` with the name of a scenario, `f=` or `w=`";
    link.origin = origin.ok_or_else(|| problem(None, expected, body))?;
    Ok((link, left_out))
}

/// Reads a list; what of it cannot be read is left out.
fn each<T>(
    key: &str,
    list: &str,
    left_out: &mut Vec<Problem>,
    read: fn(&str) -> Result<T, String>,
    to: &mut Vec<T>,
) {
    for (item, number) in list.split(';').zip(1..) {
        match read(item) {
            Ok(item) => to.push(item),
            Err(expected) => {
                let place = format!("{key}, number {number}");
                left_out.push(problem(Some(&place), &expected, item));
            }
        }
    }
}

fn change(text: &str) -> Result<Change, String> {
    let read = |(path, value)| {
        let (path, value) = (unescaped(path)?, unescaped(value)?);
        let whole = !path.is_empty() && !value.is_empty();
        whole.then_some(Change { path, value })
    };
    let expected = "a place and its value, such as `topology.write_quorum:5`";
    let change = text.split_once(':').and_then(read);
    change.ok_or_else(|| expected.to_owned())
}

/// What was escaped as [`ESCAPED`] says, and nothing else.
fn unescaped(text: &str) -> Option<String> {
    let plain = percent_decode_str(text).decode_utf8().ok()?;
    (utf8_percent_encode(&plain, ESCAPED).to_string() == text).then(|| plain.into_owned())
}

/// A whole number as it is written: no sign, no leading zero.
fn whole(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// What is wrong with a text: it is shown shortened.
fn problem(place: Option<&str>, expected: &str, found: &str) -> Problem {
    let short: String = found.chars().take(40).collect();
    let dots = if short.len() < found.len() { "..." } else { "" };
    Problem {
        text: format!("expected {expected}, found `{short}{dots}`"),
        place: place.map(str::to_owned),
    }
}

/// A text that is no place of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorError;

impl CursorError {
    const EXPECTED: &str = "a place in the run, such as `4.2s`, `4.2s+3` or `event-812`";
}

impl fmt::Display for CursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", Self::EXPECTED)
    }
}

impl std::error::Error for CursorError {}

impl fmt::Display for SeekTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Event(event) => write!(f, "event-{event}"),
            Self::Time(at_ns) => f.write_str(&duration::short(at_ns)),
            Self::Nth { at_ns, nth } => write!(f, "{}+{nth}", duration::short(at_ns)),
        }
    }
}

impl std::str::FromStr for SeekTo {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let read = || {
            if let Some(event) = text.strip_prefix("event-") {
                return whole(event).map(Self::Event);
            }
            match text.split_once('+') {
                Some((at, nth)) => Some(Self::Nth {
                    at_ns: duration::parse_ns(at)?,
                    nth: whole(nth)?,
                }),
                None => duration::parse_ns(text).map(Self::Time),
            }
        };
        read().ok_or(CursorError)
    }
}

#[cfg(test)]
mod tests;
