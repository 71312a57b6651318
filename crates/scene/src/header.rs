//! Reads the header of a model crate: what must always hold in it, and what it leaves out.
//!
//! A header is the `//!` lines at the beginning of a `lib.rs`. Two of its sections are lists:
//!
//! ```text
//! //! # Invariants
//! //! * VDL ≤ VCL, and within a volume epoch
//! //!   neither ever decreases ([`Points`]).
//! ```
//!
//! An item keeps its code and its emphasis, `*once*`; a link of rustdoc becomes what it says, for it
//! leads nowhere on the page. Whatever else stands in such a section is refused with its line, so
//! that nothing is left out silently.

/// Why a header cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderError {
    /// Line in the file, from 1.
    pub(crate) line: usize,
    /// What was expected.
    pub(crate) expected: &'static str,
}

/// The items of the section with this title, in their order.
pub(crate) fn items(source: &str, title: &str) -> Result<Vec<String>, HeaderError> {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let header: Vec<(usize, &str)> = (1..).zip(lines).collect();
    let at_end = header.len();
    let is_title = |text: &str| text.trim().strip_prefix("# ") == Some(title);
    let mut section = header.into_iter().skip_while(|(_, text)| !is_title(text));
    let Some((title_line, _)) = section.next() else {
        return Err(HeaderError {
            line: at_end,
            expected: "a section `# Invariants` and a section `# Simplifications`",
        });
    };
    let mut items: Vec<(usize, String)> = Vec::new();
    let mut blank = false;
    for (line, text) in section.take_while(|(_, text)| !text.trim_start().starts_with('#')) {
        if text.is_empty() {
            blank = true;
        } else if let Some(begin) = text.strip_prefix(" * ") {
            items.push((line, begin.trim().to_owned()));
            blank = false;
        } else {
            match (text.strip_prefix("   "), items.last_mut()) {
                (Some(more), Some((_, item))) if !blank && !more.starts_with([' ', '*', '-']) => {
                    item.push(' ');
                    item.push_str(more.trim_end());
                }
                _ => {
                    return Err(HeaderError {
                        line,
                        expected: "an item `* ...`, or two spaces and more of the item above",
                    });
                }
            }
        }
    }
    if items.is_empty() {
        return Err(HeaderError {
            line: title_line,
            expected: "a section with an item `* ...`",
        });
    }
    items
        .into_iter()
        .map(|(line, item)| plain(&item).map_err(|expected| HeaderError { line, expected }))
        .collect()
}

/// An item as the page says it: links of rustdoc become what they say, strong words emphasised ones.
fn plain(item: &str) -> Result<String, &'static str> {
    let mut plain = String::new();
    let mut rest = item;
    while let Some(place) = rest.find(['`', '[']) {
        plain.push_str(&rest[..place].replace("**", "*"));
        let marked = &rest[place..];
        let (said, after) = if marked.starts_with('`') {
            code(marked)?
        } else {
            link(marked)?
        };
        plain.push_str(said);
        rest = after;
    }
    plain.push_str(&rest.replace("**", "*"));
    Ok(plain)
}

/// A piece of code with its marks, and what comes after it.
fn code(text: &str) -> Result<(&str, &str), &'static str> {
    let end = text[1..]
        .find('`')
        .ok_or("code between two ` in one item")?;
    Ok(text.split_at(end + 2))
}

/// What a link says, and what comes after it: [`Points`], or `[the points](Points)`.
fn link(text: &str) -> Result<(&str, &str), &'static str> {
    let (said, after) = text[1..]
        .split_once(']')
        .ok_or("a link with its end in one item")?;
    if let Some(target) = after.strip_prefix('(') {
        let (_, after) = target
            .split_once(')')
            .ok_or("a link with its target in one item")?;
        return Ok((said, after));
    }
    if said.starts_with('`') && said.ends_with('`') {
        return Ok((said, after));
    }
    Err("a link, [`Name`] or [words](target)")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "\
//! One sentence.
//!
//! # Invariants
//! * VDL ≤ VCL, *always*,
//!   in **each** epoch ([`Points`]).
//!
//! * `[from, to]` is [a run](crate::Run).
//!
//! # Simplifications
//! * Nobody reads.
#![forbid(unsafe_code)]
//! * not a header any more
";

    #[test]
    fn items_are_read_with_their_code_and_without_their_links() {
        assert_eq!(
            items(HEADER, "Invariants").unwrap(),
            [
                "VDL ≤ VCL, *always*, in *each* epoch (`Points`).",
                "`[from, to]` is a run."
            ]
        );
        assert_eq!(items(HEADER, "Simplifications").unwrap(), ["Nobody reads."]);
    }

    fn refused(section: &str) -> usize {
        items(section, "Invariants").unwrap_err().line
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        for (section, line) in [
            ("//! No section.\n//!\n", 2),
            ("fn main() {}\n", 0),
            (
                "//! # Invariants\n//!\n//! # Simplifications\n//! * One.\n",
                1,
            ),
            ("//! # Invariants\n//! A sentence.\n", 2),
            ("//! # Invariants\n//! * One.\n//! two\n", 3),
            ("//! # Invariants\n//! * One.\n//!\n//!   Two.\n", 4),
            ("//! # Invariants\n//! * One.\n//!   * Nested.\n", 3),
            ("//! # Invariants\n//! * One.\n//! ```text\n", 3),
            ("//! # Invariants\n//! * One.\n//! * Half `code.\n", 3),
            ("//! # Invariants\n//! * Between [from, to].\n", 2),
        ] {
            assert_eq!(refused(section), line, "{section}");
        }
    }
}
