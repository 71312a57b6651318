//! Runs golden scripts.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use lab::golden::{self, Told};

/// Arguments of `sixfold script`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ScriptArgs {
    /// Write what comes into the files that say something else, and name them, instead of printing
    #[arg(long)]
    bless: bool,
    /// Golden scripts
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What came of the scripts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// For standard output.
    pub(crate) text: String,
    /// For standard error: what is not as it should be. Empty when all is well.
    pub(crate) complaints: String,
}

/// Runs each script.
pub(crate) fn script(args: &ScriptArgs) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    for file in &args.files {
        let name = file.display();
        let script = fs::read_to_string(file).map_err(|e| format!("{name}: {e}"))?;
        let told = golden::tell(&script).map_err(|e| format!("{name}: {e}"))?;
        outcome.complaints += &violations(file, &told);
        if !args.bless {
            outcome.text += &told.text;
            outcome.complaints += &difference(file, &told);
        } else if told.difference.is_some() && told.violations.is_empty() {
            fs::write(file, &told.text).map_err(|e| format!("{name}: {e}"))?;
            outcome.text.extend(["changed ", &name.to_string(), "\n"]);
        }
    }
    Ok(outcome)
}

fn violations(file: &Path, told: &Told) -> String {
    let complaint = |violation: &lab::Violation| {
        let lab::Violation {
            invariant,
            event,
            seen,
        } = violation;
        let name = file.display();
        format!("{name}: event {event} breaks the invariant `{invariant}`: {seen}\n")
    };
    told.violations.iter().map(complaint).collect()
}

fn difference(file: &Path, told: &Told) -> String {
    let name = file.display();
    told.difference.as_ref().map_or_else(String::new, |lines| {
        format!("{name}: something else came (+) than the script says (-)\n{lines}")
    })
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use super::*;

    const SCRIPT: &str = "# Nobody commits.\nscenario\nrun until 0ms\n---\n";

    /// Runs a file with this text; gives what came, and what the file holds then.
    fn run(name: &str, text: &str, bless: bool) -> (Result<Outcome, String>, String) {
        let file = env::temp_dir().join(format!("sixfold-{name}-{}.txt", process::id()));
        fs::write(&file, text).unwrap();
        let files = vec![file.clone()];
        let outcome = script(&ScriptArgs { bless, files });
        let text = fs::read_to_string(&file).unwrap();
        fs::remove_file(&file).unwrap();
        (outcome, text)
    }

    #[test]
    fn a_script_that_says_what_comes_is_printed() {
        let script = format!("{SCRIPT}ok\n");
        let outcome = run("told", &script, false).0.unwrap();
        assert_eq!((outcome.text, outcome.complaints.as_str()), (script, ""));
    }

    #[test]
    fn another_output_is_told_as_a_difference_and_the_file_stays() {
        let script = format!("{SCRIPT}not ok\n");
        let (outcome, file) = run("differs", &script, false);
        let complaints = outcome.unwrap().complaints;
        assert!(complaints.contains("\n-not ok\n+ok\n"), "{complaints}");
        assert_eq!(file, script);
    }

    #[test]
    fn a_blessed_file_says_what_came_and_is_named_once() {
        let (outcome, file) = run("blessed", SCRIPT, true);
        let outcome = outcome.unwrap();
        assert!(outcome.text.starts_with("changed "), "{}", outcome.text);
        assert_eq!(outcome.complaints, "");
        assert_eq!(run("again", &file, true).0, Ok(Outcome::default()));
    }

    #[test]
    fn bad_input_names_the_file_and_the_line() {
        let message = run("bad", "points now\n---\n", false).0.unwrap_err();
        let expected = ".txt: line 1: expected nothing more on this line, found `now`";
        assert!(message.ends_with(expected), "{message}");
        let missing = ScriptArgs {
            bless: false,
            files: vec![PathBuf::from("missing.txt")],
        };
        assert!(script(&missing).unwrap_err().starts_with("missing.txt: "));
    }
}
