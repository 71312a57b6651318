//! Child processes: finding a program, asking it, running it, counting the tests it reports.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A program about to run, with the words that show it to the user.
pub(crate) struct Program {
    command: Command,
    shown: String,
}

/// Tests that a program reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Program {
    pub(crate) fn new(name: &str, search_path: &OsStr, folder: &Path) -> Self {
        let place = find(name, search_path).unwrap_or_else(|| name.into());
        let mut command = Command::new(place);
        command.env("PATH", search_path).current_dir(folder);
        Self {
            command,
            shown: name.to_owned(),
        }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        let argument = argument.as_ref();
        self.shown.push(' ');
        self.shown.push_str(&argument.to_string_lossy());
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs to the end. What it writes is for people and goes where progress goes.
    pub(crate) fn run(mut self) -> Result<()> {
        eprintln!("    $ {}", self.shown);
        let status = self
            .command
            .status()
            .with_context(|| cannot_start(&self.shown))?;
        if !status.success() {
            bail!("`{}` ended with {status}", self.shown);
        }
        Ok(())
    }

    /// Runs to the end, passing its output on and counting the tests that it reports.
    pub(crate) fn run_counted(mut self, counts: &mut Counts) -> Result<()> {
        eprintln!("    $ {}", self.shown);
        if std::io::stdout().is_terminal() {
            self.command.env("CARGO_TERM_COLOR", "always");
        }
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| cannot_start(&self.shown))?;
        let output = child.stdout.take().expect("asked for a pipe");
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            counts.add_line(&line);
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("`{}` ended with {status}", self.shown);
        }
        Ok(())
    }

    /// Runs to the end and returns what it wrote; its errors go to the terminal.
    pub(crate) fn read(mut self) -> Result<String> {
        let output = self
            .command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| cannot_start(&self.shown))?;
        if !output.status.success() {
            bail!("`{}` ended with {}", self.shown, output.status);
        }
        String::from_utf8(output.stdout).with_context(|| format!("output of `{}`", self.shown))
    }

    /// What the program answers, or nothing if it is missing or fails.
    pub(crate) fn ask(mut self) -> Option<String> {
        let output = self.command.stdin(Stdio::null()).output().ok()?;
        let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(answer)
    }
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Adds what a line reports. Cargo and wasm-bindgen say `test result: ok. 5 passed; 0 failed;`,
    /// Playwright says `5 passed (2.1s)` and `1 failed` on lines of their own.
    fn add_line(&mut self, line: &str) {
        let line = without_colours(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        let summary = match words.as_slice() {
            ["test", "result:", ..] => true,
            [number, "passed" | "failed"] => number.parse::<u32>().is_ok(),
            [number, "passed", time] => number.parse::<u32>().is_ok() && time.starts_with('('),
            _ => false,
        };
        if !summary {
            return;
        }
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u32>() else {
                continue;
            };
            match pair[1].trim_end_matches(';') {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }
}

/// Looks a program up on a search path, as a shell does.
pub(crate) fn find(name: &str, search_path: &OsStr) -> Option<PathBuf> {
    if name.contains('/') {
        return Path::new(name).is_file().then(|| name.into());
    }
    let mut file_name = OsString::from(name);
    file_name.push(std::env::consts::EXE_SUFFIX);
    std::env::split_paths(search_path)
        .map(|folder| folder.join(&file_name))
        .find(|place| place.is_file())
}

fn cannot_start(shown: &str) -> String {
    format!("`{shown}` cannot be started")
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('\u{1b}') {
        plain.push_str(&rest[..start]);
        let end = rest[start..]
            .find('m')
            .map_or(rest.len(), |length| start + length + 1);
        rest = &rest[end..];
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, passed: u32, failed: u32) {
        let mut counts = Counts::default();
        counts.add_line(line);
        assert_eq!(counts, Counts { passed, failed }, "{line}");
    }

    #[test]
    fn counts_are_read_from_each_runner() {
        check(
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured",
            5,
            0,
        );
        check(
            "test result: \u{1b}[31mFAILED\u{1b}[0m. 4 passed; 2 failed; 0 ignored",
            4,
            2,
        );
        check("  12 passed (3.4s)", 12, 0);
        check("  1 failed", 0, 1);
        check("test commit_is_acked ... ok", 0, 0);
        check("the log says 7 passed; that is prose", 0, 0);
    }

    #[test]
    fn missing_program_is_nothing_to_ask() {
        let path = OsString::from("/nonexistent");
        assert_eq!(find("cargo", &path), None);
        assert_eq!(
            Program::new("no-such-program", &path, Path::new("/")).ask(),
            None
        );
    }
}
