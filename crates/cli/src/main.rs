//! The program `sixfold`: the same core as the page, on the command line.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a command-line program"
)]

mod curve;
mod lesson;
mod progress;
mod render;
mod run;
mod script;
mod soak;
mod sweep;
mod wal;
mod wal_files;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Aurora-like storage, simulated.
#[derive(Parser)]
#[command(name = "sixfold", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A lesson, step by step, with the figures of its run and a link to each moment
    Lesson(lesson::LessonArgs),
    /// The picture of a link, as the page saves it
    Render(render::RenderArgs),
    /// Run a scenario to its end, or a link of the page up to its place
    Run(run::RunArgs),
    /// Run golden scripts and compare what comes with what they say
    Script(script::ScriptArgs),
    /// Run random worlds in random trouble, and shrink what fails to a golden script
    Soak(soak::SoakArgs),
    /// Run a scenario with one parameter at several values, a row of figures for each run
    Sweep(sweep::SweepArgs),
    /// How long restarts take over the redo that they find, on both engines
    Curve(curve::CurveArgs),
    /// Real WAL files of PostgreSQL 13 to 18
    #[command(subcommand)]
    Wal(WalCommand),
}

#[derive(Subcommand)]
enum WalCommand {
    /// The table of `pg_waldump --stats=record`
    ///
    /// Ends with 1 where the log is damaged or a file of it cannot be read, with 2 where nothing can
    /// be read. What is not there at all, as a file that the server took away, is said on standard error
    /// and is no damage.
    Stats(wal::StatsArgs),
    /// What the WAL tells: records, transactions, images, checkpoints, redo, the busiest pages
    ///
    /// Ends with 1 where the log is damaged or a file of it cannot be read, with 2 where nothing can
    /// be read. What is not there at all, as a file that the server took away, is said in the report
    /// and is no damage.
    Report(wal::ReportArgs),
    /// Feed the WAL to both engines
    Replay(run::ReplayArgs),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Lesson(args) => lesson::lesson(&args).map(|text| {
            print!("{text}");
            ExitCode::SUCCESS
        }),
        Command::Render(args) => render::render(&args).map(|text| {
            print!("{text}");
            ExitCode::SUCCESS
        }),
        Command::Run(args) => run::run(&args).map(|outcome| report(&outcome)),
        Command::Script(args) => script::script(&args).map(|outcome| compare(&outcome)),
        Command::Soak(args) => Ok(report(&soak::run(&args))),
        Command::Curve(args) => curve::curve(&args).map(|text| {
            print!("{text}");
            ExitCode::SUCCESS
        }),
        Command::Sweep(args) => sweep::sweep(&args).map(|outcome| report(&outcome)),
        Command::Wal(WalCommand::Replay(args)) => {
            run::replay(&args).map(|outcome| report(&outcome))
        }
        Command::Wal(WalCommand::Report(args)) => {
            wal::report(&args, &mut io::stdout().lock()).map(code)
        }
        Command::Wal(WalCommand::Stats(args)) => {
            let found = wal::stats(&args, &mut io::stdout().lock());
            found.and_then(|found| wal_files::tell(&found)).map(code)
        }
    };
    match done {
        Ok(code) => code,
        Err(message) => {
            eprintln!("sixfold: {message}");
            ExitCode::from(2)
        }
    }
}

/// The exit status of a command that came to its end.
fn code(is_sound: bool) -> ExitCode {
    if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Says what came of it; the exit status says whether every invariant held.
fn report(outcome: &run::Outcome) -> ExitCode {
    print!("{}", outcome.text);
    code(outcome.sound)
}

/// Prints what came of scripts; the exit status says whether it is what they say.
fn compare(outcome: &script::Outcome) -> ExitCode {
    print!("{}", outcome.text);
    eprint!("{}", outcome.complaints);
    code(outcome.complaints.is_empty())
}

#[cfg(test)]
mod tests {
    use lab::{PARAMETERS, ParameterKind};
    use scene::Words;
    use scene::sandbox::{MISTAKES, SECTIONS, told};

    /// The parser of scenarios and the words of the page know nothing of each other.
    #[test]
    fn every_parameter_has_a_name_a_reason_and_a_section_on_the_page() {
        let words = Words::english();
        for parameter in PARAMETERS {
            let (name, why) = told(&words, parameter.path);
            assert!(
                name != parameter.path && !why.is_empty(),
                "{}",
                parameter.path
            );
            let sections = SECTIONS.map(|(section, _)| section);
            assert!(
                sections.contains(&parameter.section()),
                "{}",
                parameter.path
            );
            if let ParameterKind::Choices(names) = parameter.kind {
                assert_eq!(MISTAKES.map(|(name, _)| name), names);
            }
        }
        let paths = words
            .keys()
            .filter_map(|key| key.strip_prefix("parameter."));
        for path in paths {
            let known = PARAMETERS.iter().any(|parameter| parameter.path == path);
            assert!(known, "parameter.{path} is none");
        }
    }
}
