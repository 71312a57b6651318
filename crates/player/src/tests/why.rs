//! Why: every answer is held against the whole trace.

use std::collections::BTreeSet;

use lab::{Line, What, World};
use protocol::{About, Because, EventLine, Fact, Happening, Missing, MissingWhy};

use super::*;

/// Asks, and gives the facts.
fn why(player: &mut Player, about: About) -> Vec<Because> {
    player.handle(Command::Why { request: 77, about });
    while player.run(1000) == Status::Busy {}
    let answers = player.events().into_iter().filter_map(|event| {
        if let Event::Because {
            request: 77,
            about: of,
            facts,
        } = event
        {
            (of == about).then_some(facts)
        } else {
            None
        }
    });
    let mut answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), 1, "{about:?}");
    answers.remove(0)
}

/// Whether the cause of a line can be one by what both say.
fn fits(line: &Happening, cause: &Happening) -> bool {
    use Happening::{
        Acked, BoxcarResent, BoxcarSent, CommitAcked, Lost, NodeDown, Received, Stored, VdlMoved,
        ZoneDown,
    };
    match (line, cause) {
        (
            Lost { group, first, .. } | Received { group, first, .. },
            BoxcarSent {
                group: of,
                first: from,
                last,
                ..
            }
            | BoxcarResent {
                group: of,
                first: from,
                last,
            },
        ) => group == of && from <= first && first <= last,
        (
            Stored { node, group, .. },
            Received {
                node: at,
                group: of,
                ..
            },
        )
        | (
            Acked { node, group, .. },
            Stored {
                node: at,
                group: of,
                ..
            },
        ) => (node, group) == (at, of),
        (NodeDown { node }, ZoneDown { az }) => node.az() == *az,
        (CommitAcked { lsn, .. }, VdlMoved { vdl }) => lsn <= vdl,
        (
            Received { .. } | Stored { .. } | NodeDown { .. } | CommitAcked { .. },
            CommitAcked { .. },
        ) => false,
        _ => true,
    }
}

/// Holds an answer against the trace: each line is in it, stands behind what it caused, and can be
/// its cause; a chain ends where nothing led to it, or where work came.
fn check(facts: &[Because], trace: &[Line], world: &World) -> Result<(), String> {
    let mut before: Option<(u32, &EventLine)> = None;
    for (n, because) in facts.iter().enumerate() {
        let Fact::Happened(line) = &because.fact else {
            if matches!(because.fact, Fact::Missing(_) | Fact::Waits(_)) {
                before = None;
            }
            continue;
        };
        let place = usize::try_from(line.id).unwrap().wrapping_sub(1);
        let known = trace.get(place).map(|known| convert::line(world, known));
        if known.as_ref() != Some(line) {
            return Err(format!("the trace says {known:?}, the answer {line:?}"));
        }
        if let Some((depth, effect)) = before
            && depth == because.depth
            && effect.cause > 0
        {
            if effect.cause != line.id {
                return Err(format!("{effect:?} has another cause than {line:?}"));
            }
            if !fits(&effect.what, &line.what) {
                return Err(format!("{line:?} cannot have caused {effect:?}"));
            }
        }
        let is_last = facts
            .get(n + 1)
            .is_none_or(|next| next.depth != because.depth);
        let may_end = ends(line);
        if is_last && !may_end {
            return Err(format!("the chain ends with {line:?}"));
        }
        before = Some((because.depth, line)).filter(|_| !may_end);
    }
    Ok(())
}

/// Whether a chain may end with a line.
fn ends(line: &EventLine) -> bool {
    line.cause == 0
        || matches!(
            line.what,
            Happening::Issued { .. } | Happening::CommitAsked { .. }
        )
}

/// The reasons below a fact.
fn below(facts: &[Because], n: usize) -> &[Because] {
    let deeper = facts[n + 1..].iter();
    let count = deeper
        .take_while(|fact| fact.depth > facts[n].depth)
        .count();
    &facts[n + 1..=n + count]
}

/// Every copy that does not count has a reason, and what is down has the line that says so.
fn is_complete(facts: &[Because], stopped: bool) -> Result<(), String> {
    for (n, because) in facts.iter().enumerate() {
        let Fact::Missing(Missing { node, why }) = because.fact else {
            continue;
        };
        let lines = below(facts, n)
            .iter()
            .filter_map(|because| match &because.fact {
                Fact::Happened(line) => Some(&line.what),
                Fact::Waits(_)
                | Fact::Missing(_)
                | Fact::WaitsForPages(_)
                | Fact::AllIsWell
                | Fact::Earlier => None,
            });
        let lines: Vec<_> = lines.collect();
        if lines.is_empty() {
            return Err(format!("{node} has no reason: {why:?}"));
        }
        let says_down =
            |what: &&&Happening| matches!(what, Happening::NodeDown { node: of } if *of == node);
        if matches!(why, MissingWhy::Down { .. }) && lines.iter().find(says_down).is_none() {
            return Err(format!("nothing says that {node} went down: {lines:?}"));
        }
    }
    let waits = facts
        .iter()
        .any(|because| matches!(because.fact, Fact::Waits(_)));
    if stopped && !waits {
        return Err("nothing says that a commit waits".to_owned());
    }
    Ok(())
}

/// Seeds tried by each gate; two hundred were tried once. `WHY_SEEDS` says how many.
fn seeds() -> u64 {
    let asked = std::env::var("WHY_SEEDS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(8)
}

#[test]
fn every_answer_of_a_soak_run_holds_against_its_trace() {
    const EVENTS: u64 = 6_000;
    let (mut stopped, mut refused, mut lost, mut planted) = (0, 0, 0, 0);
    for seed in 0..seeds() {
        let (text, edits) = lab::soak::case(seed, EVENTS);
        let scenario = Scenario::parse(&text).unwrap();
        if !scenario.engine.has_quorum() {
            continue;
        }
        let mut schedule = lab::Schedule::new(&scenario);
        for edit in &edits {
            schedule.add(SimTime(edit.at_ns), edit.verb);
        }
        let mut world = World::new(&Rc::new(Script {
            seed: scenario.seed,
            scenario,
            recording: None,
        }));
        let mut trace = Vec::new();
        while world.events() < EVENTS && world.step(&schedule, &mut trace) {}
        let mut player = Player::default();
        let load = Command::Load {
            request: 1,
            source: Source::Text(text),
            changes: Vec::new(),
            seed: None,
            edits,
            cursor: SeekTo::Event(0),
        };
        play(&mut player, 1000, load);
        for event in (0..EVENTS).step_by(500) {
            let frame = seek(&mut player, event);
            let wait = frame.writer.oldest_wait;
            let stops = wait.as_ref().is_some_and(|wait| wait.stopped);
            let facts = why(&mut player, About::Waiting);
            let held = check(&facts, &trace, &world).and_then(|()| is_complete(&facts, stops));
            assert_eq!(held, Ok(()), "seed {seed}, event {event}: {facts:#?}");
            stopped += u32::from(stops);
            planted += u32::from(plant(&facts, &trace, &world));
            for zone in &frame.zones {
                for node in &zone.nodes {
                    let facts = why(&mut player, About::Node(node.node));
                    assert_eq!(
                        check(&facts, &trace, &world),
                        Ok(()),
                        "seed {seed}, {event}"
                    );
                }
            }
            why(&mut player, About::Writer);
        }
        // Every message that was refused or lost, and every read.
        seek(&mut player, world.events());
        let mut kinds = BTreeSet::new();
        for line in &trace {
            let told = convert::line(&world, line);
            let is_refusal = matches!(
                told.what,
                Happening::ReadRefused { .. } | Happening::NodeRefused { .. }
            );
            let is_loss = matches!(
                told.what,
                Happening::Lost { .. } | Happening::FoundDown { .. }
            );
            let count = match (is_refusal, is_loss) {
                (true, _) => &mut refused,
                (_, true) => &mut lost,
                (false, false) => continue,
            };
            // Of each kind the first ones of each node, so that the gate stays short.
            let what = format!("{:?}", told.what);
            let kind = what.chars().take(40).collect::<String>();
            if !kinds.insert((kind, line.event / 1000)) || line.volume != protocol::VolumeId::FIRST
            {
                continue;
            }
            *count += 1;
            let facts = why(&mut player, About::Line(line.id));
            let held = check(&facts, &trace, &world);
            assert_eq!(held, Ok(()), "seed {seed}: {told:?}");
            assert!(facts.len() > 1, "{told:?} has a cause");
            planted += u32::from(plant(&facts, &trace, &world));
        }
    }
    let counts = [stopped, refused, lost, planted];
    println!("stopped, refused, lost, planted: {counts:?}");
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

/// Plants a wrong cause into an answer, which must be found. False if it has no chain.
fn plant(facts: &[Because], trace: &[Line], world: &World) -> bool {
    let happened = |because: &&Because| matches!(because.fact, Fact::Happened(_));
    let places: Vec<_> = facts
        .iter()
        .enumerate()
        .filter(|(_, because)| happened(because))
        .map(|(n, _)| n)
        .collect();
    let chained = places.windows(2).find_map(|pair| {
        let (effect, cause) = (pair[0], pair[1]);
        let Fact::Happened(line) = &facts[effect].fact else {
            return None;
        };
        let follows = effect + 1 == cause && facts[effect].depth == facts[cause].depth;
        (follows && !ends(line)).then_some((line, cause))
    });
    let Some((line, cause)) = chained else {
        return false;
    };
    let mut wrong = facts.to_vec();
    let other = usize::try_from(line.id / 2).unwrap();
    let other = if trace[other].id == line.cause {
        other + 1
    } else {
        other
    };
    wrong[cause].fact = Fact::Happened(convert::line(world, &trace[other]));
    assert!(check(&wrong, trace, world).is_err(), "{wrong:#?}");
    // A trace in which the cause itself was written down wrong.
    let mut wrong = trace.to_vec();
    let place = usize::try_from(line.id).unwrap() - 1;
    wrong[place].cause = trace[other].id;
    assert!(check(facts, &wrong, world).is_err());
    true
}

#[test]
fn what_is_well_is_said_to_be() {
    let mut player = Player::default();
    for about in [
        About::Waiting,
        About::Writer,
        About::Zone(protocol::Az::new(1).unwrap()),
        About::Node("b1".parse().unwrap()),
    ] {
        let facts = why(&mut player, about);
        assert_eq!(facts.len(), 1, "{about:?}");
        assert_eq!(facts[0].fact, Fact::AllIsWell);
    }
}

#[test]
fn a_commit_that_stopped_names_the_zone_and_the_node() {
    let mut player = Player::default();
    seek(&mut player, 2000);
    for text in ["az-down:b", "node-down:c2"] {
        let (request, verb) = (2, verb(text));
        play(&mut player, 100, Command::Act { request, verb });
    }
    let frame = seek(&mut player, 3000);
    assert!(frame.writer.oldest_wait.is_some_and(|wait| wait.stopped));
    let facts = why(&mut player, About::Waiting);
    let said = |wanted: fn(&Happening) -> bool| {
        facts
            .iter()
            .any(|because| matches!(&because.fact, Fact::Happened(line) if wanted(&line.what)))
    };
    assert!(said(|what| matches!(what, Happening::ZoneDown { .. })));
    assert!(said(
        |what| matches!(what, Happening::NodeDown { node } if node.to_string() == "c2")
    ));
    let What::ZoneDown { .. } = player.history().deeds()[0].what else {
        panic!("the zone went down first");
    };
}
