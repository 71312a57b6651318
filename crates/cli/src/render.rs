//! The picture of a link: the same that the page saves.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use player::{Jobs, Player, Status};
use protocol::link::{Link, Origin};
use protocol::{Command, Event, Frame, Job, LabSetup, View};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use scene::{Theme, Words};

use crate::run::{link_text, read_link, tell, told};
use crate::wal_files;

/// Arguments of `sixfold render`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RenderArgs {
    /// A link of the page, or the file of one
    link: String,
    /// Where the picture goes as SVG
    #[arg(long, value_name = "OUT", required_unless_present = "png")]
    svg: Option<PathBuf>,
    /// Where it goes as PNG, twice as large
    #[arg(long, value_name = "OUT")]
    png: Option<PathBuf>,
    /// Paper on ink
    #[arg(long)]
    dark: bool,
    /// WAL files for a link to a run of one's own, and folders of them, in any order
    #[arg(long, value_name = "FILE_OR_FOLDER", num_args = 1..)]
    wal: Vec<PathBuf>,
}

/// How much larger than its SVG a PNG is: for screens with two pixels to each length.
const SCALE: f32 = 2.0;

/// Writes the picture.
pub(crate) fn render(args: &RenderArgs) -> Result<String, String> {
    let (setup, frame) = moment(args)?;
    let theme = if args.dark { Theme::Dark } else { Theme::Light };
    let svg = scene::picture(&Words::english(), &setup, &frame, theme);
    let mut said = String::new();
    let mut write = |path: &PathBuf, bytes: &[u8]| {
        let name = path.display();
        fs::write(path, bytes).map_err(|e| format!("{name}: {e}"))?;
        writeln!(said, "{name}: {} bytes", bytes.len()).expect("a string takes everything");
        Ok::<(), String>(())
    };
    if let Some(path) = &args.svg {
        write(path, svg.as_bytes())?;
    }
    if let Some(path) = &args.png {
        write(path, &png(&svg)?)?;
    }
    Ok(said)
}

/// What the page would show of the link.
fn moment(args: &RenderArgs) -> Result<(Box<LabSetup>, Box<Frame>), String> {
    let link = read_link("the link", &link_text(&args.link)?)?;
    let mut player = Player::default();
    if let Origin::OwnWal(digest) = &link.origin {
        if args.wal.is_empty() {
            return Err(format!(
                "the link plays a WAL: expected --wal FILE with the digest {digest}, found none"
            ));
        }
        let mut jobs = Jobs::default();
        jobs.begin(Job::ReadWal { request: 0 }, wal_files::find(&args.wal)?);
        while jobs.run(1) == Status::Busy {}
        if let Some(wal) = jobs.wal() {
            player.take_wal(0, &wal);
        }
    }
    let Link {
        origin,
        changes,
        seed,
        edits,
        cursor,
        group,
        step: _,
        state: _,
    } = link;
    player.handle(Command::Look {
        request: 0,
        view: View {
            group,
            ..View::default()
        },
    });
    player.handle(Command::Load {
        request: 1,
        source: origin.source(),
        changes,
        seed: seed.map(protocol::hex),
        edits,
        cursor,
    });
    while player.run(4096) == Status::Busy {}
    let (mut setup, mut frame) = (None, None);
    for event in player.events() {
        if let Event::Loaded {
            setup: loaded,
            left_out,
            ..
        } = event
        {
            tell("the link", &left_out);
            setup = Some(Box::new(loaded));
        } else if let Event::Frame { frame: shown, .. } = event {
            frame = Some(shown);
        } else if let Event::Refused { problem, .. } = event {
            return Err(told(&problem));
        }
    }
    setup
        .zip(frame)
        .ok_or_else(|| "expected a run, found none".to_owned())
}

/// An SVG as a PNG, drawn with the fonts of this machine.
fn png(svg: &str) -> Result<Vec<u8>, String> {
    let mut options = Options::default();
    options.fontdb_mut().load_system_fonts();
    if options.fontdb.is_empty() {
        return Err("expected fonts on this machine to draw letters with, found none".to_owned());
    }
    let tree = Tree::from_str(svg, &options).map_err(|e| e.to_string())?;
    let size = tree.size().to_int_size().scale_by(SCALE);
    let too_large = || "the picture is too large".to_owned();
    let size = size.ok_or_else(too_large)?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or_else(too_large)?;
    resvg::render(
        &tree,
        Transform::from_scale(SCALE, SCALE),
        &mut pixels.as_mut(),
    );
    pixels.encode_png().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_stands_alone_and_is_the_same_each_time() {
        let folder = std::env::temp_dir().join(format!("sixfold-render-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let args = RenderArgs {
            link: "#v=1&x=both&e=az-down:b@5ms&t=9ms".to_owned(),
            svg: Some(folder.join("a.svg")),
            png: Some(folder.join("a.png")),
            dark: false,
            wal: Vec::new(),
        };
        render(&args).unwrap();
        let svg = fs::read_to_string(folder.join("a.svg")).unwrap();
        assert!(svg.starts_with("<svg ") && svg.contains("seed 42") && !svg.contains("var("));
        let png = fs::read(folder.join("a.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG") && png.len() > 20_000);
        render(&args).unwrap();
        assert_eq!(fs::read_to_string(folder.join("a.svg")).unwrap(), svg);
        let dark = RenderArgs { dark: true, ..args };
        render(&dark).unwrap();
        assert_ne!(fs::read_to_string(folder.join("a.svg")).unwrap(), svg);
        fs::remove_dir_all(&folder).unwrap();
        for link in ["#v=1&w=12&t=1ms", "#v=1&x=nothing&t=1ms", "/no/file"] {
            let link = link.to_owned();
            assert!(
                render(&RenderArgs {
                    link,
                    ..dark.clone()
                })
                .is_err()
            );
        }
    }
}
