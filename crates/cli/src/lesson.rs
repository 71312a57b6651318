//! Lessons on the command line: read step by step, and made into pages.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use lessons::{Lesson, SHIPPED, Told, site_files, tell};

/// Arguments of `sixfold lesson`.
#[derive(Args, Clone, Debug)]
pub(crate) struct LessonArgs {
    /// A lesson of the project, or the file of one; without it: which there are
    #[arg(value_name = "NAME|FILE")]
    what: Option<String>,
    /// Make the pages of all lessons below the built page of the app
    #[arg(long, value_name = "FOLDER", conflicts_with = "what")]
    site: Option<PathBuf>,
}

/// Tells a lesson, or makes pages.
pub(crate) fn lesson(args: &LessonArgs) -> Result<String, String> {
    match (&args.what, &args.site) {
        (_, Some(site)) => pages(site),
        (Some(what), None) => Ok(text(&told(what)?)),
        (None, None) => {
            let lines = SHIPPED.map(|(name, text)| {
                let title = Lesson::read(text).map(|lesson| lesson.title);
                format!(
                    "{name}  {}\n",
                    title.unwrap_or_else(|wrong| wrong.to_string())
                )
            });
            Ok(lines.concat())
        }
    }
}

fn told(what: &str) -> Result<Told, String> {
    let shipped = SHIPPED.iter().find(|(name, _)| *name == what);
    let text = match shipped {
        Some((_, text)) => (*text).to_owned(),
        None => fs::read_to_string(what).map_err(|e| {
            let names = SHIPPED.map(|(name, _)| name).join(", ");
            format!("expected one of {names}, or the file of a lesson, found {what}: {e}")
        })?,
    };
    let lesson = Lesson::read(&text).and_then(|lesson| tell(&lesson));
    lesson.map_err(|wrong| format!("{what}: {wrong}"))
}

/// The lesson as text, each step with its link.
fn text(told: &Told) -> String {
    let Told {
        title,
        minutes,
        steps,
        ..
    } = told;
    let mut text = format!(
        "# {title}\n\nAbout {minutes} minutes, {} steps.\n",
        steps.len()
    );
    for step in steps {
        let link = step.link.to_text().unwrap_or_else(|_| step.link.to_file());
        write!(
            text,
            "\n## {}\n\nevent {}: #{link}\n",
            step.title, step.event
        )
        .expect("a string takes everything");
        let question = step.prediction.as_ref().map(|asked| {
            let answers = asked.choices.iter().map(|choice| {
                let mark = if choice.right { "x" } else { " " };
                format!("- [{mark}] {} {}", choice.text, choice.because)
            });
            let answers: Vec<_> = answers.collect();
            format!("{}\n\n{}", asked.ask, answers.join("\n"))
        });
        let parts = [Some(step.prose.clone()), question, Some(step.after.clone())];
        for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
            text.push('\n');
            text.push_str(&part);
            text.push('\n');
        }
    }
    text
}

/// Writes the pages of all lessons below a built site.
fn pages(site: &Path) -> Result<String, String> {
    let at = |path: &Path, e: std::io::Error| format!("{}: {e}", path.display());
    let app = site.join("index.html");
    let app = fs::read_to_string(&app).map_err(|e| at(&app, e))?;
    let mut said = String::new();
    for (name, _) in SHIPPED {
        for file in site_files(&told(name)?, &app)? {
            let path = site.join(&file.path);
            let folder = path.parent().expect("a file lies in a folder");
            fs::create_dir_all(folder).map_err(|e| at(folder, e))?;
            fs::write(&path, file.text).map_err(|e| at(&path, e))?;
        }
        writeln!(said, "{name}/").expect("a string takes everything");
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_is_told_and_becomes_a_page() {
        let args = |what: Option<&str>, site: Option<&Path>| LessonArgs {
            what: what.map(str::to_owned),
            site: site.map(Path::to_owned),
        };
        assert!(
            lesson(&args(None, None))
                .unwrap()
                .starts_with("quorum  Four of six\n")
        );
        let text = lesson(&args(Some("quorum"), None)).unwrap();
        assert!(text.contains("\n## When is it safe?\n") && text.contains("- [x] Four of"));
        assert!(!text.contains("{{"), "{text}");
        let folder = std::env::temp_dir().join(format!("sixfold-lesson-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let nothing = lesson(&args(None, Some(&folder))).unwrap_err();
        assert!(nothing.contains("index.html"), "{nothing}");
        fs::write(
            folder.join("index.html"),
            include_str!("../../../index.html"),
        )
        .unwrap();
        assert_eq!(
            lesson(&args(None, Some(&folder))).unwrap(),
            "quorum/\naz-failure/\nclones/\n"
        );
        let page = fs::read_to_string(folder.join("quorum/index.html")).unwrap();
        assert!(
            page.contains("<base href=\"../\">")
                && page.contains("<title>Four of six: Sixfold</title>")
        );
        assert_eq!(
            page.matches("<section data-link=\"v=1&amp;x=insert")
                .count(),
            6
        );
        assert!(page.contains("id=\"loading\""));
        fs::remove_dir_all(&folder).unwrap();
        let wrong = lesson(&args(Some("/no/lesson.md"), None)).unwrap_err();
        assert!(wrong.contains("expected one of quorum"), "{wrong}");
    }
}
