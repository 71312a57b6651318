//! What a run is made of.

use std::rc::Rc;

use protocol::VolumeId;

use crate::recording::Recording;
use crate::scenario::{Scenario, Workload};

/// What is fixed for a run: the scenario and the recording that its workload plays.
#[derive(Clone, Debug)]
pub struct Script {
    /// The scenario.
    pub scenario: Scenario,
    /// The seed of this run.
    pub seed: u64,
    /// The recording, when the workload is a WAL file.
    pub recording: Option<Rc<Recording>>,
}

impl Script {
    /// What works on a volume. `None`: nothing.
    pub fn workload(&self, volume: VolumeId) -> Option<&Workload> {
        if volume == VolumeId::FIRST {
            Some(&self.scenario.workload)
        } else {
            self.scenario.clone_workload.as_ref()
        }
    }

    /// How many pages a volume has at the beginning, at least one.
    pub fn pages(&self) -> u64 {
        match (&self.scenario.workload, &self.recording) {
            (Workload::Insert { pages, .. }, _) => (*pages).into(),
            (Workload::Oltp(oltp), _) => oltp.pages.into(),
            (Workload::WalFile { .. }, Some(recording)) => {
                let last = recording.changes.iter().map(|change| change.page).max();
                last.map_or(1, |last| u64::from(last) + 1)
            }
            (Workload::WalFile { .. }, None) => 1,
        }
    }

    /// How far LSNs may run ahead of the VDL: as far as the scenario says, but as far as the largest
    /// mini-transaction needs, which otherwise would wait for ever.
    pub fn lal(&self) -> u64 {
        let largest = match (&self.scenario.workload, &self.recording) {
            (
                Workload::Insert {
                    records_per_commit, ..
                },
                _,
            ) => Some(*records_per_commit),
            (Workload::Oltp(oltp), _) => Some(oltp.writes_per_txn),
            (Workload::WalFile { .. }, Some(recording)) => {
                recording.mtrs.iter().map(|mtr| mtr.changes).max()
            }
            (Workload::WalFile { .. }, None) => None,
        };
        let clones = match self.scenario.clone_workload {
            Some(Workload::Insert {
                records_per_commit, ..
            }) => records_per_commit,
            Some(Workload::Oltp(_) | Workload::WalFile { .. }) | None => 1,
        };
        let largest = largest.unwrap_or(1).max(clones);
        self.scenario.topology.lal.max(largest.into())
    }
}
