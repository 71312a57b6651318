//! The recovery-time curve: how long a restart takes over the redo that it finds, on both engines.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use lab::curve::{Curve, Line, TALK, TALK_QUORUM_SECONDS};
use lab::measured::{self, Compared, Point, Table};

use crate::progress;

/// Arguments of `sixfold curve`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CurveArgs {
    /// The most redo, in GB
    #[arg(long, value_name = "GB", default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=100))]
    up_to: u64,
    /// A table of `cargo xtask measure-postgres`, to fit the model to
    #[arg(long, value_name = "FILE.csv")]
    measured: Option<PathBuf>,
}

/// Computes the curve and says how it fits what others saw.
pub(crate) fn curve(args: &CurveArgs) -> Result<String, String> {
    let fitted = args.measured.as_ref().map(|path| {
        let name = path.display();
        let text = fs::read_to_string(path).map_err(|e| format!("{name}: {e}"))?;
        let table = measured::read(&text).map_err(|e| format!("{name}: {e}"))?;
        against(&table).ok_or_else(|| {
            format!(
                "{name}: expected at least two amounts of redo, two numbers of clients, and a \
                 statement of one"
            )
        })
    });
    let fitted = fitted.transpose()?;
    let line = Line::fit(&TALK).expect("its points rise");
    let mut text = String::new();
    say(
        &mut text,
        format_args!("   redo GB  conventional s  quorum s"),
    );
    let mut curve = Curve::new(&line.situation());
    let bar = progress::bar(args.up_to);
    for gb in 0..=args.up_to {
        let restart = curve.restart_at(gb * 1_000_000_000);
        let seconds = [restart.took, restart.quorum_took].map(|took| took.0 / 1_000_000);
        let [took, quorum] = seconds.map(|ms| format!("{}.{:03}", ms / 1000, ms % 1000));
        let redo = restart.redo_bytes / 1_000_000;
        let redo = format!("{}.{:03}", redo / 1000, redo % 1000);
        say(
            &mut text,
            format_args!("{redo:>10}  {took:>14}  {quorum:>8}"),
        );
        bar.set_position(gb);
    }
    let (start, each) = (line.start_seconds, line.seconds_per_gb);
    say(
        &mut text,
        format_args!("start-up and replay as the talk's points say: {start:.2} s + {each:.2} s/GB"),
    );
    for seen in &TALK {
        say(
            &mut text,
            format_args!(
                "  {} GB in {} s, {:+.1} s off the line",
                seen.redo_gb,
                seen.seconds,
                line.residual(seen)
            ),
        );
    }
    say(
        &mut text,
        format_args!("  the talk's quorum engine: {TALK_QUORUM_SECONDS} s"),
    );
    text.push_str(&fitted.unwrap_or_default());
    Ok(text)
}

/// What a real server took, and what the model says of it. `None`: too little was measured.
fn against(table: &Table) -> Option<String> {
    let fit = measured::fit(table)?;
    let mut text = String::new();
    for line in &table.about {
        say(&mut text, format_args!("# {line}"));
    }
    text.push_str("measured: median (least to most), and the model\n");
    let mut rows = |points: &[Compared], set: &str, scale: f64, unit: &str| {
        for compared in points {
            let Point {
                set: at,
                least,
                median,
                most,
            } = compared.point;
            let how = if compared.fitted {
                "fitted"
            } else {
                "left out"
            };
            let (at, model, off) = (at / scale, compared.model, compared.error() * 100.0);
            say(
                &mut text,
                format_args!(
                    "  {set} {at:>5.0}: {median:>6.2} ({least:.2} to {most:.2}) {unit}, model {model:>6.2}, \
                     {off:+.0} %, {how}"
                ),
            );
        }
    };
    rows(&fit.commits, "a commit, clients", 1.0, "ms");
    rows(&fit.redo, "redo, MiB        ", f64::from(1 << 20), "s");
    say(
        &mut text,
        format_args!(
            "fitted to every other point: a flush takes {:.3} ms, redo {:.1} MB/s; median error on the \
             rest {:.1} % (commits {:.1} %, redo {:.1} %)",
            fit.flush_ms,
            fit.replay_bytes_per_second / 1e6,
            fit.error() * 100.0,
            fit.commit_error() * 100.0,
            fit.redo_error() * 100.0,
        ),
    );
    Some(text)
}

fn say(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    fn with(name: &str, table: &str) -> Result<String, String> {
        let file = env::temp_dir().join(format!("sixfold-curve-{}-{name}", std::process::id()));
        fs::write(&file, table).unwrap();
        let told = curve(&CurveArgs {
            up_to: 3,
            measured: Some(file.clone()),
        });
        fs::remove_file(file).unwrap();
        told
    }

    #[test]
    fn the_curve_stands_beside_what_others_saw() {
        let header =
            "# 2 processors\nwhat,clients,wal_bytes,redo_seconds,p50_ms\nstatement,1,,,0.1\n";
        let rows =
            "commit,1,,,0.5\ncommit,2,,,1.0\nredo,16,100000000,1.0,\nredo,16,200000000,2.2,\n";
        let told = with("whole", &format!("{header}{rows}")).unwrap();
        assert!(told.contains("8.71 s + 3.93 s/GB"), "{told}");
        assert!(told.contains("redo 100.0 MB/s"), "{told}");
        // The second redo point is left out: 2.0 s instead of 2.2 s.
        assert!(told.contains("-9 %, left out"), "{told}");
        assert_eq!(
            told.lines()
                .filter(|line| line.starts_with("     "))
                .count(),
            4
        );
        let little = with("little", &format!("{header}commit,1,,,0.5\n")).unwrap_err();
        assert!(little.contains("expected at least two"), "{little}");
        let broken = with("broken", "# 2 processors\nwhat,clients\ncommit,none\n").unwrap_err();
        assert!(broken.contains("clients: a number above 0"), "{broken}");
    }
}
