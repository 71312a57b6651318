//! Whether each full-page image is a page again.

use std::fmt;

use pgwal::Record;

/// What came of restoring images.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images {
    restored: u64,
    faults: u64,
    /// Where the first fault is, and which.
    first_fault: Option<String>,
}

impl Images {
    /// Restores the images of a record.
    pub(crate) fn push(&mut self, record: &Record<'_>) {
        let images = record
            .blocks
            .iter()
            .filter_map(|block| block.image.as_ref());
        for error in images.map(|image| record.restore(image).err()) {
            match error {
                None => self.restored += 1,
                Some(error) => {
                    self.faults += 1;
                    self.first_fault
                        .get_or_insert_with(|| format!("{} has {error}", record.lsn));
                }
            }
        }
    }

    /// The same, or an error if an image is no page.
    pub(crate) fn all_sound(self) -> Result<Self, String> {
        match &self.first_fault {
            None => Ok(self),
            Some(first) => {
                let all = self.restored + self.faults;
                Err(format!(
                    "{} of {all} images are no pages; the record at {first}",
                    self.faults
                ))
            }
        }
    }
}

impl fmt::Display for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} images, each of them a sound page", self.restored)
    }
}
