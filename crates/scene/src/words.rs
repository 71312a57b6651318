//! The words of the interface, from a message file.
//!
//! One message a line, `key = text`; a line that begins with a space goes on with the one before;
//! `#` begins a comment. `{name}` stands for an argument, `{count:record|records}` for the form
//! that fits the number `count`: one, or any other.
//!
//! ```text
//! boxcar.sent = {records} {records:record|records} on the way
//! ```

use protocol::{Az, Node, Standby, VolumeId};

use crate::numbers;

/// The messages of one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    messages: Vec<(String, String)>,
}

/// What a message is filled with.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    /// A number, written with separators; it also chooses between forms.
    Count(u64),
    /// A text, written as it is.
    Text(&'a str),
    /// A node's name.
    Node(Node),
    /// A zone's letter.
    Zone(Az),
    /// A volume's name.
    Volume(VolumeId),
    /// A standby's name.
    Standby(Standby),
    /// A span of time, in nanoseconds.
    Took(u64),
    /// So many bytes.
    Bytes(u64),
    /// A position in WAL, as PostgreSQL writes it.
    Wal(u64),
}

impl From<u64> for Arg<'_> {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Arg<'_> {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl From<u32> for Arg<'_> {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<Node> for Arg<'_> {
    fn from(node: Node) -> Self {
        Self::Node(node)
    }
}

impl From<VolumeId> for Arg<'_> {
    fn from(volume: VolumeId) -> Self {
        Self::Volume(volume)
    }
}

impl From<Standby> for Arg<'_> {
    fn from(standby: Standby) -> Self {
        Self::Standby(standby)
    }
}

impl From<Az> for Arg<'_> {
    fn from(az: Az) -> Self {
        Self::Zone(az)
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl Words {
    /// The English messages.
    pub fn english() -> Self {
        Self::read(include_str!("../messages/en.txt"))
    }

    /// Reads a message file.
    fn read(file: &str) -> Self {
        let mut messages: Vec<(String, String)> = Vec::new();
        for line in file.lines() {
            if line.starts_with(' ') {
                if let Some((_, text)) = messages.last_mut() {
                    text.push(' ');
                    text.push_str(line.trim());
                }
            } else if let Some((key, text)) =
                line.split_once('=').filter(|_| !line.starts_with('#'))
            {
                messages.push((key.trim().to_owned(), text.trim().to_owned()));
            }
        }
        messages.sort();
        Self { messages }
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().map(|(key, _)| key.as_str())
    }

    /// A message without arguments. Where there is none, its key shows what is missing.
    pub fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.messages
            .binary_search_by(|(known, _)| known.as_str().cmp(key))
            .map_or(key, |place| &self.messages[place].1)
    }

    /// The message of something that has a name of its own elsewhere: `what.name`.
    pub fn say_with<'a>(&'a self, what: &str, name: &'a str) -> &'a str {
        let key = [what, ".", name].concat();
        self.messages
            .binary_search_by(|(known, _)| known.cmp(&key))
            .map_or(name, |place| &self.messages[place].1)
    }

    /// A message with its arguments filled in.
    pub fn fill(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let mut filled = String::new();
        let mut rest = self.say(key);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((slot, after)) = after.split_once('}') else {
                break;
            };
            filled.push_str(before);
            let (name, forms) = slot.split_once(':').unwrap_or((slot, ""));
            let arg = args.iter().find(|(known, _)| *known == name);
            match (arg.map(|(_, arg)| *arg), forms.split_once('|')) {
                (Some(Arg::Count(1)), Some((one, _))) => filled.push_str(one),
                (Some(_), Some((_, other))) => filled.push_str(other),
                (Some(Arg::Count(count)), None) => filled.push_str(&numbers::grouped(count)),
                (Some(Arg::Text(text)), None) => filled.push_str(text),
                (Some(Arg::Node(node)), None) => filled.push_str(&node.to_string()),
                (Some(Arg::Zone(az)), None) => filled.push(az.letter()),
                (Some(Arg::Volume(volume)), None) => filled.push_str(&volume.to_string()),
                (Some(Arg::Standby(standby)), None) => filled.push_str(&standby.to_string()),
                (Some(Arg::Took(ns)), None) => filled.push_str(&numbers::span(ns)),
                (Some(Arg::Bytes(count)), None) => filled.push_str(&numbers::bytes(count)),
                (Some(Arg::Wal(at)), None) => filled.push_str(&numbers::wal_position(at)),
                (None, _) => {
                    filled.push('{');
                    filled.push_str(slot);
                    filled.push('}');
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_and_forms_are_filled_in() {
        let words = Words::read(
            "# a comment = no message\nsent = {n} {n:record|records} for {who}\nlong = one\n  two\n",
        );
        let sent = |n: u64| words.fill("sent", &[("n", n.into()), ("who", "c2".into())]);
        assert_eq!(sent(1), "1 record for c2");
        assert_eq!(sent(1200), "1,200 records for c2");
        assert_eq!(words.say("long"), "one two");
    }

    #[test]
    fn what_is_missing_shows() {
        let words = Words::read("hello = hello {name}");
        assert_eq!(words.fill("hello", &[]), "hello {name}");
        assert_eq!(words.say("bye"), "bye");
    }
}
