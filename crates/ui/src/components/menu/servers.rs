//! What can be done to the servers of the conventional engine.

use protocol::{Frame, PrimaryState, ServersView, Standby, StandbyState, Verb};
use scene::sentences;

use super::{Item, power};
use crate::hooks::words::SharedWords;

/// How much slower a standby is made.
const SLOW_MS: u32 = 50;

/// What can be done to the primary. What crashes, starts or cuts off it does the same to the writer of
/// the quorum engine, if that runs.
pub(super) fn items_of_primary(words: &SharedWords, frame: &Frame) -> Vec<Item> {
    let Some(servers) = &frame.servers else {
        return Vec::new();
    };
    let both = servers.quorum.is_some();
    let item = |alone, of_both, does: Result<Verb, &str>| Item {
        label: words.say(if both { of_both } else { alone }).to_owned(),
        does: does.map_err(|why| words.say(why).to_owned()),
    };
    let is_down = is_down(servers);
    let reach = if servers.cut_off {
        item("menu.primary.heal", "menu.both.heal", Ok(Verb::Heal))
    } else {
        let cut_off = Ok(Verb::Partition);
        item("menu.primary.cut-off", "menu.both.cut-off", cut_off)
    };
    let crash = if is_down {
        Err("menu.no-primary")
    } else {
        Ok(Verb::CrashWriter)
    };
    let with_power = match servers.primary.state {
        PrimaryState::Down {
            with_zone: false, ..
        } => Ok(Verb::Recover),
        PrimaryState::Down {
            with_zone: true, ..
        } => Err("menu.with-zone"),
        PrimaryState::Open
        | PrimaryState::Starting { .. }
        | PrimaryState::Replaying { .. }
        | PrimaryState::Concluding => Err("menu.primary-works"),
    };
    vec![
        item("menu.primary.crash", "menu.both.crash", crash),
        item("menu.primary.start", "menu.both.start", with_power),
        reach,
        Item::can(words, power(frame, servers.primary.zone)),
    ]
}

/// What can be done to a standby.
pub(super) fn items_of_standby(words: &SharedWords, frame: &Frame, of: Standby) -> Vec<Item> {
    let servers = frame.servers.as_ref();
    let Some((servers, standby)) = servers.and_then(|servers| {
        let standby = servers.standbys.iter().find(|it| it.standby == of)?;
        Some((servers, standby))
    }) else {
        return Vec::new();
    };
    let because = |verb, does: Result<Verb, &str>| Item {
        label: sentences::verb(words, verb),
        does: does.map_err(|why| words.say(why).to_owned()),
    };
    let up_or_down = match standby.state {
        StandbyState::Down => Item::can(words, Verb::StandbyUp(of)),
        StandbyState::DownWithZone => because(Verb::StandbyUp(of), Err("menu.with-zone")),
        StandbyState::Connected | StandbyState::Apart | StandbyState::Promoted => {
            Item::can(words, Verb::StandbyDown(of))
        }
    };
    let works = matches!(standby.state, StandbyState::Connected | StandbyState::Apart);
    let promote = if !is_down(servers) {
        Err("menu.primary-works")
    } else if works {
        Ok(Verb::Promote(of))
    } else {
        Err("menu.standby-down")
    };
    let ms = if standby.slow_ms > 0 { 0 } else { SLOW_MS };
    vec![
        up_or_down,
        Item::can(words, Verb::StandbySlow { standby: of, ms }),
        because(Verb::Promote(of), promote),
        Item::can(words, power(frame, standby.zone)),
    ]
}

const fn is_down(servers: &ServersView) -> bool {
    matches!(servers.primary.state, PrimaryState::Down { .. })
}
