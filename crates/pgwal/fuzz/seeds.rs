//! Writes a corpus to begin with: out of each recorded tour a story with the first record of every
//! operation, and one with its first pages as they are.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use pgwal::{PgVersion, Reader, Step};

/// As long as libFuzzer is told to try.
const STORY_BYTES: usize = 40_000;

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = here.join("corpus/log");
    fs::create_dir_all(&corpus)?;
    for (index, version) in PgVersion::ALL.into_iter().enumerate() {
        let tour = here.join(format!("../fixtures/tour-{}", version.number()));
        let mut paths: Vec<_> = fs::read_dir(tour)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
        paths.sort();
        let beginning = [u8::try_from(index)?, 16, 0];
        let mut reader = Reader::new();
        let mut seen = BTreeSet::new();
        let mut stories = vec![beginning.to_vec()];
        for path in paths {
            let mut bytes = Vec::new();
            GzDecoder::new(File::open(&path)?).read_to_end(&mut bytes)?;
            let name = path
                .file_stem()
                .ok_or("a file has a name")?
                .to_string_lossy();
            let pages = &bytes[..4 * 8192];
            let length = u16::try_from(pages.len())?.to_le_bytes();
            let number = u8::from_str_radix(&name[22..], 16)?;
            let story = [&beginning[..], &[0, number, 2], &length, pages].concat();
            fs::write(
                corpus.join(format!("pages-{}-{name}", version.number())),
                story,
            )?;

            reader.open(&name);
            reader.step()?;
            reader.feed(&bytes);
            while let Step::Record(record) = reader.step()? {
                if !seen.insert(record.operation().to_string()) {
                    continue;
                }
                let body = &record.bytes[24..];
                let Ok(length) = u16::try_from(body.len()) else {
                    continue;
                };
                let mut command = vec![1, record.rmgr.number(), record.info];
                command.extend(length.to_le_bytes());
                command.extend(body);
                match stories.last_mut() {
                    Some(story) if story.len() + command.len() <= STORY_BYTES => {
                        story.extend(command);
                    }
                    _ => stories.push([&beginning[..], &command].concat()),
                }
            }
        }
        for (number, story) in stories.iter().enumerate() {
            let name = format!("records-{}-{number}", version.number());
            fs::write(corpus.join(name), story)?;
        }
    }
    Ok(())
}
