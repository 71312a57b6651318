//! SIGMOD 2017, Table 1, as a scenario.

use super::*;

/// By which factors the scenario's ratios differ from the paper's; the scenario says why.
#[test]
#[expect(clippy::cast_precision_loss, reason = "ratios")]
fn mirrored_against_quorum_differs_from_the_paper_by_factors_that_the_scenario_tells() {
    let text = include_str!("../../../../www/scenarios/mirrored.toml");
    let scenario = Scenario::parse(text).unwrap();
    let schedule = Schedule::new(&scenario);
    let mut world = World::new(&Rc::new(Script {
        seed: scenario.seed,
        scenario,
        recording: None,
    }));
    let mut trace = Vec::new();
    while world.step(&schedule, &mut trace) {
        trace.clear();
    }
    let (quorum, servers) = (world.tally(), world.servers().unwrap());
    let mirrored = servers.tally().commits_acked as f64;
    let tallies = servers.primary().unwrap().tallies();
    let written = [
        tallies.flushes,
        tallies.checkpoint_writes,
        tallies.background_writes,
        tallies.backend_writes,
        tallies.syncs,
    ];
    let ios = written.map(|sum| sum.count).iter().sum::<u64>() as f64;
    let transactions = quorum.commits_acked as f64 / mirrored;
    let ios_each = (ios / mirrored) / (quorum.ios_to_storage as f64 / quorum.commits_acked as f64);
    let (paper_transactions, paper_ios_each) = (27_378.0 / 780.0, 7.4 / 0.95);
    let told = |ratio: f64, paper: f64, factor: f64| (ratio / paper / factor - 1.0).abs() < 0.05;
    assert!(
        told(transactions, paper_transactions, 9.4 / 35.1),
        "{transactions:.2} times the transactions"
    );
    assert!(
        told(ios_each, paper_ios_each, 1.24),
        "{ios_each:.2} times fewer I/Os"
    );
    let page = include_str!("../../../scene/messages/en.txt");
    for told in [text, page] {
        assert!(told.contains("9.4 times the transactions"));
        assert!(told.contains("1.24 times the paper's"));
    }
}
