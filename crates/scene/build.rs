//! Takes the invariants and simplifications out of the headers of the model crates.
//!
//! It reads their text and nothing else: `scene` depends on none of them.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use header::HeaderError;

#[path = "src/header.rs"]
mod header;

/// The crates, in the order in which the page tells of them.
const CRATES: [&str; 5] = ["engine-quorum", "engine-wal", "lab", "redo", "sim"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut parts = "&[".to_owned();
    for name in CRATES {
        let path = format!("../{name}/src/lib.rs");
        println!("cargo::rerun-if-changed={path}");
        let source = fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        let items = |title| {
            header::items(&source, title).map_err(|HeaderError { line, expected }| {
                format!("crates/{name}/src/lib.rs:{line}: {title}: expected {expected}")
            })
        };
        let (invariants, simplifications) = (items("Invariants")?, items("Simplifications")?);
        write!(
            parts,
            "Part {{ name: {name:?}, invariants: &{invariants:?}, \
             simplifications: &{simplifications:?} }},"
        )?;
    }
    parts.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("parts.rs"), parts)?;
    println!("cargo::rerun-if-changed=src/header.rs");
    Ok(())
}
