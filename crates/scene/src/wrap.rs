//! Facts in lines.

use crate::shape::Text;

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
