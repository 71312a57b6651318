//! What a run is made of.

use std::sync::Arc;

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
    pub recording: Option<Arc<Recording>>,
}

impl Script {
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
            (Workload::WalFile { .. }, Some(recording)) => {
                recording.mtrs.iter().map(|mtr| mtr.changes).max()
            }
            (Workload::WalFile { .. }, None) => None,
        };
        self.scenario.topology.lal.max(largest.unwrap_or(1).into())
    }
}
