//! Facts and names in lines.

use crate::shape::{Face, Text};

/// Groups of facts in one line if they have room, else each group in lines of its own.
pub(crate) fn wrapped(groups: &[Vec<String>], room: f64, size: f64) -> Vec<String> {
    let fits = |line: &String| Text::new(0.0, 0.0, size, line).width() <= room;
    let all = groups.concat().join(" · ");
    if fits(&all) {
        return vec![all];
    }
    let mut lines: Vec<String> = Vec::new();
    for group in groups {
        let from = lines.len();
        for part in group {
            let last = lines[from..].last_mut();
            let longer = last.as_ref().map(|line| format!("{line} · {part}"));
            match (longer.filter(fits), last) {
                (Some(longer), Some(line)) => *line = longer,
                (None, _) | (_, None) => lines.push(part.clone()),
            }
        }
    }
    lines
}

/// A text in as many lines as it needs in the room, between words.
pub(crate) fn broken(text: &str, room: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let last = lines.last_mut();
        let longer = last.as_ref().map(|line| format!("{line} {word}"));
        match (longer.filter(|line| fits(line, room, size)), last) {
            (Some(longer), Some(line)) => *line = longer,
            (None, _) | (_, None) => lines.push(elided(word, room, size)),
        }
    }
    lines
}

/// A text, cut at its end to fit into the room.
pub(crate) fn elided(text: &str, room: f64, size: f64) -> String {
    if fits(text, room, size) {
        return text.to_owned();
    }
    let ends = text.char_indices().rev().map(|(end, _)| &text[..end]);
    let mut cut = ends.map(|start| format!("{}…", start.trim_end()));
    cut.find(|cut| fits(cut, room, size)).unwrap_or_default()
}

fn fits(text: &str, room: f64, size: f64) -> bool {
    // Room that was made for the text itself may have lost a little to rounding.
    Text::width_of(text, size, Face::Sans) <= room + 0.01
}
