//! The conventional engine in the world: what its servers cause, and what is done to them.

use std::mem;
use std::rc::Rc;

use engine_quorum::Submission;
use engine_wal::{
    Cause, Effect, Effects, Io, Note, Primary, PrimaryInput, PrimaryTimer, Report, Settings,
    Shipment, Standby, StandbyId, StandbyInput, StandbyTimer, Transaction,
};
use protocol::{Az, Verb, VolumeId};
use sim::{SimTime, Span};

use super::{Due, World};
use crate::scenario::Workload;
use crate::servers::{PrimaryState, Servers, machine_of};
use crate::tally::Redone;
use crate::trace::{Line, Obstacle, What};

/// What is due at a server.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum ServerDue {
    /// The first primary goes to work.
    Begin,
    /// An operation of a machine's device is done.
    Done {
        machine: usize,
        incarnation: u32,
        io: Io,
    },
    PrimaryTimer {
        machine: usize,
        incarnation: u32,
        timer: PrimaryTimer,
    },
    StandbyTimer {
        standby: StandbyId,
        incarnation: u32,
        timer: StandbyTimer,
    },
    Shipped {
        to: StandbyId,
        connection: u32,
        shipment: Shipment,
    },
    Reported {
        from: StandbyId,
        connection: u32,
        report: Report,
    },
    /// A standby asks the primary for WAL.
    Connect {
        standby: StandbyId,
        connection: u32,
    },
    /// The primary has not heard from a standby for so long that it gives it up.
    Lost {
        standby: StandbyId,
        connection: u32,
    },
    Submit,
}

/// Who handles an input.
#[derive(Clone, Copy, Debug)]
enum Server {
    Primary,
    Standby(StandbyId),
}

impl World {
    /// The servers of the conventional engine, if it runs.
    pub fn servers(&self) -> Option<&Servers> {
        self.servers.as_deref()
    }

    fn there(&mut self) -> &mut Servers {
        self.servers
            .as_mut()
            .expect("only where the conventional engine runs")
    }

    fn server_settings(&self) -> Settings {
        Settings {
            pages: u32::try_from(self.script.pages()).unwrap_or(u32::MAX),
            ..self.script.scenario.wal.settings.clone()
        }
    }

    fn push_server(&mut self, at: SimTime, cause: u64, due: ServerDue) {
        self.push(at, VolumeId::FIRST, cause, Due::Server(due));
    }

    /// The servers begin with the run.
    pub(super) fn begin_servers(&mut self) {
        if self.servers.is_some() {
            self.push_server(self.now, 0, ServerDue::Begin);
        }
    }

    pub(super) fn server_dispatch(&mut self, due: ServerDue, cause: u64, trace: &mut Vec<Line>) {
        match due {
            ServerDue::Begin => {
                let (now, settings) = (self.now, self.server_settings());
                let mut effects = Effects::default();
                let primary = Primary::new(now, &settings, &mut effects);
                self.there().primary = PrimaryState::Up(Box::new(primary));
                self.server_apply(Server::Primary, cause, trace, &mut effects);
                for id in self.standby_ids() {
                    self.connected(id, cause, trace);
                }
                self.begin_server_work(cause);
            }
            ServerDue::Done {
                machine,
                incarnation,
                io,
            } => {
                if self.there().machines[machine].incarnation != incarnation {
                    return;
                }
                if machine != self.there().home {
                    let id = StandbyId(u8::try_from(machine - 1).expect("eight at most"));
                    return self.standby_handles(id, StandbyInput::Done(io.kind), cause, trace);
                }
                let zone_down = |az: Az| self.hardware.zone_down(az).is_some();
                let servers = self.servers.as_ref().expect("it is due there");
                if servers.misses_a_mirror(io.kind, zone_down) {
                    return self.there().stalled.push((io, cause));
                }
                self.primary_handles(PrimaryInput::Done(io.kind), cause, trace);
            }
            ServerDue::PrimaryTimer {
                machine,
                incarnation,
                timer,
            } => {
                if self.there().machines[machine].incarnation == incarnation {
                    self.primary_handles(PrimaryInput::Timer(timer), cause, trace);
                }
            }
            ServerDue::StandbyTimer {
                standby,
                incarnation,
                timer,
            } => {
                if self.there().machines[machine_of(standby)].incarnation == incarnation {
                    self.standby_handles(standby, StandbyInput::Timer(timer), cause, trace);
                }
            }
            ServerDue::Shipped {
                to,
                connection,
                shipment,
            } => {
                if self.there().standbys[to.index()].connection == connection {
                    self.standby_handles(to, StandbyInput::Shipped(shipment), cause, trace);
                }
            }
            ServerDue::Reported {
                from,
                connection,
                report,
            } => {
                if self.there().standbys[from.index()].connection == connection {
                    let standby = from;
                    let input = PrimaryInput::Reported { standby, report };
                    self.primary_handles(input, cause, trace);
                }
            }
            ServerDue::Connect {
                standby,
                connection,
            } => {
                if self.there().standbys[standby.index()].connection == connection {
                    self.connected(standby, cause, trace);
                }
            }
            ServerDue::Lost {
                standby,
                connection,
            } => {
                if self.there().standbys[standby.index()].connection == connection {
                    self.notice(standby, cause, trace);
                }
            }
            ServerDue::Submit => self.server_submit(cause, trace),
        }
    }

    fn standby_ids(&self) -> impl Iterator<Item = StandbyId> + use<> {
        (0..self.script.scenario.wal.standbys).map(StandbyId)
    }

    fn primary_handles(&mut self, input: PrimaryInput, cause: u64, trace: &mut Vec<Line>) {
        let now = self.now;
        let servers = self.there();
        let PrimaryState::Up(primary) = &mut servers.primary else {
            return;
        };
        let mut effects = mem::take(&mut servers.effects);
        primary.handle(now, input, &mut servers.wal, &mut effects);
        self.server_apply(Server::Primary, cause, trace, &mut effects);
        self.there().effects = effects;
    }

    fn standby_handles(
        &mut self,
        id: StandbyId,
        input: StandbyInput,
        cause: u64,
        trace: &mut Vec<Line>,
    ) {
        let now = self.now;
        let servers = self.there();
        let Some(standby) = &mut servers.standbys[id.index()].standby else {
            return;
        };
        let mut effects = mem::take(&mut servers.effects);
        standby.handle(now, input, &servers.wal, &mut effects);
        self.server_apply(Server::Standby(id), cause, trace, &mut effects);
        self.there().effects = effects;
    }

    /// Does what a server wants.
    fn server_apply(
        &mut self,
        who: Server,
        input_cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let now = self.now;
        let mut lines = mem::take(&mut self.there().lines);
        for (cause, effect) in effects.drain() {
            let cause = match cause {
                Cause::Input => input_cause,
                Cause::Note(n) => lines[n as usize],
            };
            match effect {
                Effect::Note(note) => {
                    let line = self.line(VolumeId::FIRST, cause, What::Server(note), trace);
                    lines.push(line);
                    self.server_noted(note, line, trace);
                }
                Effect::Io(io) => {
                    let machine = match who {
                        Server::Primary => self.there().home,
                        Server::Standby(id) => machine_of(id),
                    };
                    self.server_io(machine, io, cause);
                }
                Effect::Ship { to, shipment } => {
                    let ends = (self.there().home, machine_of(to));
                    let Some((at, connection)) = self.sent(to, ends) else {
                        continue;
                    };
                    let due = ServerDue::Shipped {
                        to,
                        connection,
                        shipment,
                    };
                    self.push_server(at, cause, due);
                }
                Effect::Report { from, report } => {
                    let ends = (machine_of(from), self.there().home);
                    let Some((at, connection)) = self.sent(from, ends) else {
                        continue;
                    };
                    let due = ServerDue::Reported {
                        from,
                        connection,
                        report,
                    };
                    self.push_server(at, cause, due);
                }
                Effect::PrimaryTimer { at, timer } => {
                    let servers = self.there();
                    let machine = servers.home;
                    let incarnation = servers.machines[machine].incarnation;
                    let due = ServerDue::PrimaryTimer {
                        machine,
                        incarnation,
                        timer,
                    };
                    self.push_server(at, cause, due);
                }
                Effect::StandbyTimer { standby, at, timer } => {
                    let incarnation = self.there().machines[machine_of(standby)].incarnation;
                    let due = ServerDue::StandbyTimer {
                        standby,
                        incarnation,
                        timer,
                    };
                    self.push_server(at, cause, due);
                }
                Effect::Acked { took, .. } => {
                    self.there().tally.acked(now, took);
                    self.server_answered(cause);
                }
                Effect::HasRead { .. } => {
                    self.there().tally.finished += 1;
                    self.server_answered(cause);
                }
                Effect::Failed { .. } => {
                    self.there().tally.failed += 1;
                    self.server_answered(cause);
                }
            }
        }
        lines.clear();
        self.there().lines = lines;
    }

    /// When what is sent between the primary and a standby arrives, and on which connection. `None`:
    /// there is none.
    fn sent(&mut self, standby: StandbyId, ends: (usize, usize)) -> Option<(SimTime, u32)> {
        let (now, script) = (self.now, Rc::clone(&self.script));
        let servers = self.there();
        let seat = &servers.standbys[standby.index()];
        let connection = seat.connection;
        seat.connected.then(|| {
            (
                servers.arrival(now, ends, &script.scenario.latency),
                connection,
            )
        })
    }

    fn server_noted(&mut self, note: Note, line: u64, trace: &mut Vec<Line>) {
        let now = self.now;
        if let Note::StandbyUnfit { standby, .. } = note {
            self.give_up_standby(standby);
        }
        if let Note::Promoted { end, .. } = note {
            self.give_up_standbys(line, trace, |report| report.written > end);
        }
        if let Note::Recycled { first } = note {
            self.give_up_standbys(line, trace, |report| report.replayed < first);
        }
        let servers = self.there();
        if let (Note::RecoveryBegan { redo, end }, Some((_, bytes))) = (note, &mut servers.starting)
        {
            *bytes = end.0 - redo.0;
        }
        if let Note::Opened { .. } = note
            && let Some((asked_at, redo_bytes)) = servers.starting.take()
        {
            servers.tally.recoveries.push(Redone {
                asked_at,
                took: now.since(asked_at),
                redo_bytes,
            });
            for id in self.standby_ids() {
                self.connect(id, line);
            }
        }
    }

    /// A standby has WAL that is another one now, or lacks some that is forgotten: it would have to be
    /// made anew, which is not modelled.
    fn give_up_standby(&mut self, id: StandbyId) {
        let now = self.now;
        let servers = self.there();
        servers.lose_power(machine_of(id), now);
        let seat = &mut servers.standbys[id.index()];
        seat.standby = None;
        seat.hang_up();
        seat.unnoticed = false;
    }

    /// Gives up the standbys that `unfit` finds, and says so. Those that are connected go on.
    fn give_up_standbys(
        &mut self,
        cause: u64,
        trace: &mut Vec<Line>,
        unfit: impl Fn(&Report) -> bool,
    ) {
        for standby in self.standby_ids() {
            let seat = &self.there().standbys[standby.index()];
            let away = seat.standby.as_ref().filter(|_| !seat.connected);
            let Some(report) = away.map(Standby::report).filter(&unfit) else {
                continue;
            };
            let at = report.flushed;
            let note = What::Server(Note::StandbyUnfit { standby, at });
            self.line(VolumeId::FIRST, cause, note, trace);
            self.give_up_standby(standby);
        }
    }

    fn server_io(&mut self, machine: usize, io: Io, cause: u64) {
        let latency = &self.script.scenario.latency;
        let servers = self.servers.as_mut().expect("its device works");
        let at = servers.operate(self.now, machine, io, latency);
        let due = ServerDue::Done {
            machine,
            incarnation: servers.machines[machine].incarnation,
            io,
        };
        self.push_server(at, cause, due);
    }

    /// A standby asks for a connection, if both ends work and reach each other.
    fn connect(&mut self, id: StandbyId, cause: u64) {
        let machine = machine_of(id);
        let down = self.machine_down(machine);
        let (now, script) = (self.now, Rc::clone(&self.script));
        let servers = self.there();
        let seat = &servers.standbys[id.index()];
        let open = matches!(servers.primary, PrimaryState::Up(_)) && servers.starting.is_none();
        let has_or_asks = seat.connected || seat.asking;
        if down || !open || servers.cut_off || has_or_asks || seat.standby.is_none() {
            return;
        }
        let connection = seat.connection;
        let ends = (machine, servers.home);
        let at = servers.arrival(now, ends, &script.scenario.latency);
        servers.standbys[id.index()].asking = true;
        let due = ServerDue::Connect {
            standby: id,
            connection,
        };
        self.push_server(at, cause, due);
    }

    /// A standby is connected.
    fn connected(&mut self, id: StandbyId, cause: u64, trace: &mut Vec<Line>) {
        self.notice(id, cause, trace);
        let seat = &mut self.there().standbys[id.index()];
        let Some(standby) = &seat.standby else {
            return;
        };
        let flushed = standby.report().flushed;
        (seat.connected, seat.asking) = (true, false);
        let input = PrimaryInput::StandbyConnected {
            standby: id,
            flushed,
        };
        self.primary_handles(input, cause, trace);
    }

    /// The primary notices that a connection has ended, if it has not yet.
    fn notice(&mut self, standby: StandbyId, cause: u64, trace: &mut Vec<Line>) {
        if mem::take(&mut self.there().standbys[standby.index()].unnoticed) {
            let input = PrimaryInput::StandbyLost { standby };
            self.primary_handles(input, cause, trace);
        }
    }

    /// A connection ends. The primary, if it lives, notices when it has heard nothing for a while.
    fn disconnect(&mut self, id: StandbyId, cause: u64) {
        let at = self.now + self.script.scenario.wal.sender_timeout;
        let seat = &mut self.there().standbys[id.index()];
        if seat.hang_up() {
            seat.unnoticed = true;
            let connection = seat.connection;
            let due = ServerDue::Lost {
                standby: id,
                connection,
            };
            self.push_server(at, cause, due);
        }
    }

    fn machine_down(&self, machine: usize) -> bool {
        let servers = self.servers.as_ref().expect("whoever asks has them");
        let machine = &servers.machines[machine];
        machine.broken || self.hardware.zone_down(machine.az).is_some()
    }

    fn server_clients(&self) -> Option<u32> {
        self.script.scenario.workload.clients()
    }

    fn begin_server_work(&mut self, cause: u64) {
        match self.server_clients() {
            Some(clients) => {
                for _ in 0..clients {
                    self.push_server(self.now, cause, ServerDue::Submit);
                }
            }
            None => self.await_server_submission(),
        }
    }

    fn await_server_submission(&mut self) {
        let script = &*self.script;
        let (now, workload) = (self.now, &script.scenario.workload);
        let servers = self.servers.as_mut().expect("clients ask it");
        let recording = script.recording.as_deref();
        match servers.source.next_at(now, workload, recording) {
            Some(at) => self.push_server(at, 0, ServerDue::Submit),
            None => servers.workload_ended = matches!(workload, Workload::WalFile { .. }),
        }
    }

    fn server_submit(&mut self, cause: u64, trace: &mut Vec<Line>) {
        let script = &*self.script;
        let servers = self.servers.as_mut().expect("clients ask it");
        if script.scenario.stop.work.is_some_and(|end| end <= self.now) {
            servers.workload_ended = true;
            return;
        }
        let (workload, pages) = (&script.scenario.workload, script.pages());
        let Some(submission) = servers.source.submission(workload, script, pages) else {
            return;
        };
        servers.tally.commits_asked += u64::from(submission.commit.is_some());
        let transaction = transaction(submission);
        if matches!(servers.primary, PrimaryState::Up(_)) {
            servers.under_way += 1;
            self.primary_handles(PrimaryInput::Submit(transaction), cause, trace);
        } else {
            servers.parked.push_back(transaction);
        }
        if self.server_clients().is_none() {
            self.await_server_submission();
        }
    }

    /// A client has its answer. If it waits for each, it begins the next transaction.
    fn server_answered(&mut self, cause: u64) {
        self.there().under_way -= 1;
        if self.server_clients().is_some() {
            self.push_server(self.now, cause, ServerDue::Submit);
        }
    }

    /// Does to the servers what a verb says, caused by a line that may be there already. Says whether
    /// anything changed, or why it cannot.
    pub(super) fn do_to_servers(
        &mut self,
        verb: Verb,
        cause: u64,
        trace: &mut Vec<Line>,
    ) -> Result<bool, Obstacle> {
        if self.servers.is_none() {
            return Ok(false);
        }
        let id = |standby: protocol::Standby| StandbyId(standby.index());
        match verb {
            Verb::AzDown(az) => {
                let machines = self.there().machines.iter().enumerate();
                let of_zone = machines.filter(|(_, machine)| machine.az == az && !machine.broken);
                let hit: Vec<_> = of_zone.map(|(place, _)| place).collect();
                for machine in hit {
                    self.machine_goes_down(machine, cause, trace);
                }
                Ok(true)
            }
            Verb::AzUp(az) => {
                for id in self.standby_ids() {
                    if self.there().zone_of(id) == az {
                        self.start_standby(id, cause, trace);
                    }
                }
                let home = self.there().home;
                for (io, cause) in mem::take(&mut self.there().stalled) {
                    self.server_io(home, io, cause);
                }
                Ok(true)
            }
            Verb::CrashWriter => {
                let home = self.there().home;
                let up = matches!(self.there().primary, PrimaryState::Up(_));
                if up {
                    self.machine_goes_down(home, cause, trace);
                }
                Ok(up)
            }
            Verb::Recover => {
                let startup = self.script.scenario.wal.settings.startup;
                self.start_primary(startup, cause, trace)
            }
            Verb::Partition => {
                let before = mem::replace(&mut self.there().cut_off, true);
                for id in self.standby_ids() {
                    self.disconnect(id, cause);
                }
                Ok(!before)
            }
            Verb::Heal => {
                let before = mem::take(&mut self.there().cut_off);
                for id in self.standby_ids() {
                    self.connect(id, cause);
                }
                Ok(before)
            }
            Verb::StandbyDown(standby) => {
                let machine = machine_of(id(standby));
                let was_down = self.machine_down(machine);
                let broken = &mut self.there().machines[machine].broken;
                let changed = !mem::replace(broken, true);
                if !was_down {
                    self.machine_goes_down(machine, cause, trace);
                }
                Ok(changed)
            }
            Verb::StandbyUp(standby) => {
                let machine = machine_of(id(standby));
                let changed = mem::take(&mut self.there().machines[machine].broken);
                if changed {
                    self.start_standby(id(standby), cause, trace);
                }
                Ok(changed)
            }
            Verb::StandbySlow { standby, ms } => {
                let by = Span::from_millis(ms.into());
                self.there().machines[machine_of(id(standby))].slow = by;
                Ok(true)
            }
            Verb::Promote(standby) => self.promote(id(standby), cause, trace),
            Verb::NodeDown(_)
            | Verb::NodeUp(_)
            | Verb::Slow { .. }
            | Verb::Drop { .. }
            | Verb::CorruptPage { .. }
            | Verb::Clone(_)
            | Verb::DeleteVolume(_)
            | Verb::RestoreVolume { .. }
            | Verb::Write { .. }
            | Verb::Replace(_)
            | Verb::Restore(_)
            | Verb::DropZone(_)
            | Verb::AddZone(_)
            | Verb::Grow => Ok(false),
        }
    }

    /// A machine loses what it had in memory, and what its server was at.
    fn machine_goes_down(&mut self, machine: usize, cause: u64, trace: &mut Vec<Line>) {
        let now = self.now;
        let mut effects = Effects::default();
        let servers = self.there();
        servers.lose_power(machine, now);
        if machine == servers.home {
            let gone = PrimaryState::Down {
                storage: Box::default(),
                since: now,
            };
            match mem::replace(&mut servers.primary, gone) {
                PrimaryState::Up(primary) => {
                    let draws = &mut servers.crashes;
                    let storage = primary.crash(draws, &mut servers.wal, &mut effects);
                    let storage = Box::new(storage);
                    let since = now;
                    servers.primary = PrimaryState::Down { storage, since };
                }
                down @ PrimaryState::Down { .. } => servers.primary = down,
            }
            servers.stalled.clear();
            servers.starting = None;
            let unanswered = mem::take(&mut servers.under_way);
            servers.tally.unanswered += unanswered;
            self.server_apply(Server::Primary, cause, trace, &mut effects);
            for id in self.standby_ids() {
                let seat = &mut self.there().standbys[id.index()];
                seat.hang_up();
                seat.unnoticed = false;
            }
            if self.server_clients().is_some() {
                for _ in 0..unanswered {
                    self.push_server(now, cause, ServerDue::Submit);
                }
            }
        } else if let Some(place) = machine.checked_sub(1)
            && let Some(standby) = &mut servers.standbys[place].standby
        {
            let id = standby.id();
            standby.crash(&mut servers.crashes, &servers.wal, &mut effects);
            self.server_apply(Server::Standby(id), cause, trace, &mut effects);
            self.disconnect(id, cause);
        }
    }

    /// Starts a standby again, if its machine works, and lets it ask for a connection.
    fn start_standby(&mut self, id: StandbyId, cause: u64, trace: &mut Vec<Line>) {
        let now = self.now;
        if self.machine_down(machine_of(id)) {
            return;
        }
        if let Some(standby) = &mut self.there().standbys[id.index()].standby {
            let mut effects = Effects::default();
            standby.start(now, &mut effects);
            self.server_apply(Server::Standby(id), cause, trace, &mut effects);
        }
        self.connect(id, cause);
    }

    /// Starts a server from what lies on the device.
    fn start_primary(
        &mut self,
        startup: Span,
        cause: u64,
        trace: &mut Vec<Line>,
    ) -> Result<bool, Obstacle> {
        if self.machine_down(self.servers().expect("it is there").home) {
            return Err(Obstacle::NoPower);
        }
        let (now, settings) = (self.now, self.server_settings());
        let settings = Settings {
            startup,
            ..settings
        };
        let servers = self.there();
        let PrimaryState::Down { storage, .. } = &mut servers.primary else {
            return Ok(false);
        };
        let storage = mem::take(storage);
        servers.starting = Some((now, 0));
        let mut effects = Effects::default();
        let primary = Primary::recover(now, &settings, *storage, &servers.wal, &mut effects);
        servers.primary = PrimaryState::Up(Box::new(primary));
        self.server_apply(Server::Primary, cause, trace, &mut effects);
        for transaction in mem::take(&mut self.there().parked) {
            self.there().under_way += 1;
            self.primary_handles(PrimaryInput::Submit(transaction), cause, trace);
        }
        Ok(true)
    }

    /// Makes a standby the primary.
    fn promote(
        &mut self,
        id: StandbyId,
        cause: u64,
        trace: &mut Vec<Line>,
    ) -> Result<bool, Obstacle> {
        if matches!(self.there().primary, PrimaryState::Up(_)) {
            return Err(Obstacle::PrimaryWorks);
        }
        if self.machine_down(machine_of(id)) {
            return Err(Obstacle::NoPower);
        }
        let now = self.now;
        let servers = self.there();
        let Some(standby) = servers.standbys[id.index()].standby.take() else {
            return Ok(false);
        };
        let mut effects = Effects::default();
        let mut storage = Box::new(standby.promote(&mut servers.wal, &mut effects));
        if let PrimaryState::Down { storage: old, .. } = &servers.primary {
            storage.count_on_from(old);
        }
        servers.lose_power(machine_of(id), now);
        servers.home = machine_of(id);
        let since = now;
        servers.primary = PrimaryState::Down { storage, since };
        self.server_apply(Server::Standby(id), cause, trace, &mut effects);
        // It runs already: it only has to replay what it has not.
        self.start_primary(Span::ZERO, cause, trace)
    }
}

/// The same work for the other engine.
fn transaction(submission: Submission) -> Transaction {
    let Submission {
        reads,
        changes,
        commit,
        ..
    } = submission;
    Transaction {
        reads,
        changes,
        commit,
    }
}
