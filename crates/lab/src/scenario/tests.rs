use engine_wal::{Level, Rule};

use super::*;

fn parse(body: &str) -> Result<Scenario, String> {
    Scenario::parse(&format!("format = 1\n{body}")).map_err(|error| error.to_string())
}

#[test]
fn a_whole_file_is_read() {
    let scenario = parse(
        r#"
        name = "az-plus-one"
        seed = 7
        engine = "quorum"
        weight = "account"
        [topology]
        azs = 3
        segments_per_az = 2
        protection_groups = 4
        write_quorum = 4
        read_quorum = 3
        lal = 10000000
        gossip = "20ms"
        [latency]
        in_az = { kind = "constant", ms = 0.1 }
        cross_az = { kind = "shifted", base_ms = 1, plus = { kind = "exponential", mean_ms = 0.2 } }
        disk = { kind = "lognormal", median_ms = 0.3, sigma = 1.0 }
        order = "free"
        disk_depth = 1
        boxcar_us = 0
        [workload]
        kind = "insert"
        rate = 25000
        arrival = "poisson"
        record_bytes = 100
        records_per_commit = 2
        pages = 10
        [[fault]]
        at = "2.5s"
        do = "slow"
        node = "a1"
        ms = 50
        [[fault]]
        at = "2s"
        do = "az-down"
        az = "b"
        [stop]
        at = "10s"
        commits = 100
        "#,
    )
    .unwrap();
    assert_eq!(scenario.weight, Weight::Account);
    assert_eq!(scenario.topology.protection_groups, 4);
    assert_eq!(scenario.latency.order, Order::Free);
    let faults: Vec<_> = scenario
        .faults
        .iter()
        .map(|(at, verb)| (at.0, verb.to_string()))
        .collect();
    assert_eq!(
        faults,
        [
            (2_000_000_000, "az-down:b".to_owned()),
            (2_500_000_000, "slow:a1,50ms".to_owned())
        ]
    );
    assert_eq!(scenario.stop.commits, Some(100));
}

#[test]
fn a_workload_that_reads_has_a_cache_and_says_how_pages_are_chosen() {
    let scenario = parse(
        r#"
        [workload]
        kind = "oltp"
        clients = 7
        reads_per_txn = 3
        writes_per_txn = 2
        read_only = 0.25
        record_bytes = 100
        pages = 50
        skew = "zipf"
        exponent = 0.8
        snapshot_ms = 20
        [reads]
        cache_pages = 5
        hedging = "off"
        "#,
    )
    .unwrap();
    let expected = Oltp {
        arrival: Arrival::Closed { clients: 7 },
        reads_per_txn: 3,
        writes_per_txn: 2,
        read_only_ppm: 250_000,
        record_bytes: 100,
        pages: 50,
        skew: Skew::Zipf { exponent: 0.8 },
        snapshot: Some(Span::from_millis(20)),
    };
    assert_eq!(scenario.workload, Workload::Oltp(expected));
    let (cache_pages, hedging) = (5, Hedging::Off);
    let reads = ReadSettings {
        cache_pages,
        hedging,
    };
    assert_eq!(scenario.reads, Some(reads));
    let default = parse("[workload]\nkind = \"oltp\"").unwrap();
    assert_eq!(default.reads, Some(ReadSettings::DEFAULT));
    assert_eq!(parse("").unwrap().reads, None);
}

#[test]
fn a_workload_that_cannot_read_names_the_key() {
    let cases = [
        (
            "read_only = 1.5",
            "`workload.read_only`: expected a share from 0 to 1",
        ),
        (
            "reads_per_txn = 0\nwrites_per_txn = 0",
            "`workload.reads_per_txn`: expected at least 1",
        ),
        (
            "reads_per_txn = 0\nread_only = 0.5",
            "`workload.reads_per_txn`: expected at least 1",
        ),
        (
            "skew = \"normal\"",
            "`workload.skew`: expected one of \"uniform\", \"zipf\"",
        ),
        (
            "exponent = 2",
            "`workload.exponent`: expected `exponent` only together",
        ),
        (
            "skew = \"zipf\"\nexponent = 9",
            "`workload.exponent`: expected a number from 0.01",
        ),
        (
            "snapshot_ms = 0",
            "`workload.snapshot_ms`: expected a whole number from 1",
        ),
        (
            "records_per_commit = 1",
            "`workload.records_per_commit`: expected one of the keys",
        ),
        (
            "[reads]\ncache_pages = -1",
            "`reads.cache_pages`: expected a whole number from 0",
        ),
        (
            "[reads]\nhedging = true",
            "`reads.hedging`: expected one of \"on\", \"off\"",
        ),
    ];
    for (keys, expected) in cases {
        let error = parse(&format!("[workload]\nkind = \"oltp\"\n{keys}")).unwrap_err();
        assert!(error.contains(expected), "{keys}\n  gave     {error}");
    }
}

#[test]
fn defaults_are_four_of_six_and_three() {
    let topology = parse("").unwrap().topology;
    assert_eq!((topology.write_quorum, topology.read_quorum), (4, 3));
    let small = parse("[topology]\nsegments_per_az = 1").unwrap().topology;
    assert_eq!((small.write_quorum, small.read_quorum), (2, 2));
}

#[test]
fn the_conventional_engine_is_set_by_postgresqls_names() {
    let wal = parse(
        r#"
        engine = "both"
        [wal]
        standbys = "any-1"
        standby_count = 3
        level = "remote_apply"
        checkpoint_interval = "10s"
        max_wal_size = "2GiB"
        completion_target = 0.5
        full_page_writes = false
        shared_buffers = "128MiB"
        disk_mb_per_s = 200
        "#,
    );
    let wal = wal.unwrap().wal;
    assert_eq!((wal.settings.rule, wal.standbys), (Rule::Any(1), 3));
    assert_eq!(wal.settings.level, Level::RemoteApply);
    assert_eq!(wal.settings.checkpoint_interval, Span::from_millis(10_000));
    assert_eq!(wal.settings.max_wal_size, 2 << 30);
    assert_eq!(wal.settings.completion_permille, 500);
    assert!(!wal.settings.full_page_writes);
    assert_eq!(wal.settings.shared_buffers, 16_384);
    assert_eq!(wal.throughput.bytes, 200_000_000);
    let mirrored = parse("[wal]\nstandbys = \"mirrored\"\nmirror_legs = 4").unwrap();
    assert_eq!(mirrored.wal.blocks, Blocks::Mirrored { legs: 4 });
}

#[test]
fn every_error_names_key_line_and_what_was_expected() {
    let cases = [
        (
            "colour = 1",
            "line 2: `colour`: expected one of the keys format, name",
        ),
        (
            "\n[topology]\nazs = 4",
            "line 4: `topology.azs`: expected a whole number from 1 to 3",
        ),
        (
            "[topology]\nazs = \"3\"",
            "line 3: `topology.azs`: expected a whole number",
        ),
        (
            "[topology]\nwrite_quorum = 4\nread_quorum = 2",
            "line 4: `topology.read_quorum`",
        ),
        (
            "[topology]\nwrite_quorum = 3",
            "line 3: `topology.write_quorum`: expected at least 4",
        ),
        (
            "[latency]\ndisk = { kind = \"exponential\", mean_ms = 0 }",
            "line 3: `latency.disk`: expected a delay above 0",
        ),
        (
            "[workload]\nkind = \"insert\"\nclients = 1000\nrecord_bytes = 1000000",
            "line 5: `workload.record_bytes`: expected clients, records_per_commit and",
        ),
        (
            "[topology]\ngossip = \"20\"",
            "line 3: `topology.gossip`: expected a time above 0",
        ),
        (
            "[latency]\ndisk = { kind = \"gamma\" }",
            "`latency.disk.kind`: expected one of \"const",
        ),
        (
            "[latency]\ndisk = { kind = \"constant\" }",
            "`latency.disk.ms`: expected a number",
        ),
        (
            "[latency]\ndisk = { kind = \"constant\", ms = -1 }",
            "`latency.disk`: expected `ms`",
        ),
        (
            "[workload]\nkind = \"insert\"\nclients = 1\nrate = 2",
            "either `clients` or `rate`",
        ),
        (
            "[[fault]]\nat = \"2 s\"\ndo = \"az-down\"",
            "line 3: `fault.at`: expected a time",
        ),
        (
            "[[fault]]\nat = \"2s\"\ndo = \"az-down\"\nnode = \"a1\"",
            "`fault.az`: expected a zone",
        ),
        (
            "[[fault]]\nat = \"2s\"\ndo = \"node-down\"\nnode = \"a4\"",
            "there is no node a4",
        ),
        (
            "[[fault]]\nat = \"2s\"\ndo = \"explode\"",
            "line 4: `fault.do`: expected one of az-down",
        ),
        (
            "[[fault]]\nat = \"2s\"\ndo = \"slow:a1\"",
            "line 4: `fault.do`: expected one of az-down",
        ),
        (
            "broken = [\"count-axes\"]",
            "line 2: `broken`: expected one of \"small-quorum\", \"count-acks\", \"skip-epoch\"",
        ),
        (
            "broken = \"count-acks\"",
            "line 2: `broken`: expected a list of \"small-quorum\", ",
        ),
        (
            "[topology]\nwrite_quorum = 3",
            "any two write quorums must share one (or `broken = [\"small-quorum\"]`)",
        ),
        (
            "[stop]\nat = 10",
            "line 3: `stop.at`: expected a time with its unit",
        ),
        ("[stop", "line 2: expected TOML, found"),
        (
            "engine = \"mirror\"",
            "line 2: `engine`: expected one of \"quorum\", \"wal\", \"both\", found `\"mirror\"`",
        ),
        (
            "[wal]\nstandbys = \"all\"",
            "line 3: `wal.standbys`: expected one of \"none\", \"first-1\"",
        ),
        (
            "[wal]\nstandbys = \"any-2\"\nstandby_count = 1",
            "line 4: `wal.standby_count`: expected a whole number from 2 to 8",
        ),
        (
            "[wal]\nmirror_legs = 3",
            "line 3: `wal.mirror_legs`: expected `mirror_legs` only together with",
        ),
        (
            "[wal]\nmax_wal_size = \"1G\"",
            "line 3: `wal.max_wal_size`: expected a size with its unit, such as \"1GiB\"",
        ),
        (
            "[wal]\nmax_wal_size = \"16MiB\"",
            "line 3: `wal.max_wal_size`: expected a size from 33554432 to",
        ),
        (
            "[wal]\nfull_page_writes = \"on\"",
            "line 3: `wal.full_page_writes`: expected true or false",
        ),
        (
            "[wal]\ncompletion_target = 1.5",
            "line 3: `wal.completion_target`: expected a share from 0 to 1",
        ),
        (
            "[wal]\ncheckpoint_interval = \"0s\"",
            "line 3: `wal.checkpoint_interval`: expected a time above 0",
        ),
    ];
    for (body, expected) in cases {
        let error = parse(body).unwrap_err();
        assert!(
            error.contains(expected),
            "{body}\n  gave     {error}\n  expected {expected}"
        );
    }
    assert!(
        Scenario::parse("")
            .unwrap_err()
            .to_string()
            .contains("`format`")
    );
}

#[test]
fn storage_has_intervals_that_may_be_never() {
    let storage = |keys: &str| parse(&format!("[storage]\n{keys}")).unwrap().storage;
    assert_eq!(storage(""), Storage::default());
    let all = storage(
        "coalesce_records = 4\nbackup = \"5ms\"\ncollect = \"never\"\nscrub = \"2s\"\n\
         backlog_bytes = 1000\nrestore_window = \"1s\"\nkeep_records = 0",
    );
    let upkeep = engine_quorum::UpkeepConfig {
        backup: Span::from_millis(5),
        collect: Span::ZERO,
        scrub: Span::from_millis(2000),
        backlog_bytes_max: 1000,
    };
    assert_eq!(
        (
            all.upkeep,
            all.chain_records,
            all.restore_window,
            all.keep_records
        ),
        (upkeep, 4, Span::from_millis(1000), 0)
    );
}

#[test]
fn storage_that_cannot_be_names_the_key() {
    let cases = [
        (
            "coalesce_records = 0",
            "`storage.coalesce_records`: expected a whole number from 1",
        ),
        (
            "coalesce_records = 1.5",
            "`storage.coalesce_records`: expected a whole number from 1",
        ),
        (
            "backlog_bytes = 0",
            "`storage.backlog_bytes`: expected a whole number from 1",
        ),
        (
            "backup = 100",
            "`storage.backup`: expected a time above 0 with its unit",
        ),
        (
            "collect = \"0ms\"",
            "`storage.collect`: expected a time above 0",
        ),
        (
            "scrub = \"often\"",
            "`storage.scrub`: expected a time above 0",
        ),
        (
            "keep_records = -1",
            "`storage.keep_records`: expected a whole number from 0",
        ),
        (
            "restore_window = \"never\"",
            "`storage.restore_window`: expected a time",
        ),
        (
            "restore = \"1s\"",
            "`storage.restore`: expected one of the keys",
        ),
    ];
    for (keys, expected) in cases {
        let error = parse(&format!("[storage]\n{keys}")).unwrap_err();
        assert!(error.contains("line 3: "), "{keys}\n  gave     {error}");
        assert!(error.contains(expected), "{keys}\n  gave     {error}");
    }
}

#[test]
fn a_topology_that_cannot_be_names_the_key() {
    let cases = [
        (
            "segments_per_az = 4",
            "`topology.segments_per_az`: expected a whole number from 1 to 3",
        ),
        (
            "protection_groups = 0",
            "`topology.protection_groups`: expected a whole number from 1",
        ),
        (
            "write_quorum = 7",
            "`topology.write_quorum`: expected a whole number from 1 to 6",
        ),
        (
            "read_quorum = 0",
            "`topology.read_quorum`: expected a whole number from 1 to 6",
        ),
        ("lal = 0", "`topology.lal`: expected a whole number from 1"),
        (
            "gossip = \"0s\"",
            "`topology.gossip`: expected a time above 0",
        ),
        (
            "layout = \"half\"",
            "`topology.layout`: expected one of \"all-full\", \"full-tail\"",
        ),
        (
            "layout = \"full-tail\"\nazs = 1",
            "`topology.layout`: expected \"all-full\", or three zones",
        ),
        (
            "segment_gb = 0",
            "`topology.segment_gb`: expected a size in GB, from 0.000001",
        ),
        (
            "segment_gb = \"10GB\"",
            "`topology.segment_gb`: expected a number",
        ),
        (
            "repair_gbps = 1e6",
            "`topology.repair_gbps`: expected a speed in Gb/s, from 0.000001",
        ),
        ("zones = 3", "`topology.zones`: expected one of the keys"),
    ];
    for (keys, expected) in cases {
        let error = parse(&format!("[topology]\n{keys}")).unwrap_err();
        assert!(error.contains("line 3: "), "{keys}\n  gave     {error}");
        assert!(error.contains(expected), "{keys}\n  gave     {error}");
    }
}

#[test]
fn no_text_panics() {
    let good = "format = 1\n[latency]\ndisk = { kind = \"constant\", ms = 1 }\n[[fault]]\nat = \"2s\"\ndo = \"drop\"\nnode = \"a1\"\ncount = 1\n";
    let mut stream = sim::Stream::new(1, "mutations");
    for _ in 0..3000 {
        let mut bytes = good.as_bytes().to_vec();
        for _ in 0..=stream.below(3) {
            let place = usize::try_from(stream.below(bytes.len() as u64)).unwrap();
            bytes[place] = u8::try_from(stream.below(128)).unwrap();
        }
        drop(Scenario::parse(&String::from_utf8(bytes).unwrap()));
    }
}

#[test]
fn a_fault_may_be_written_as_links_write_it() {
    let scenario = parse("[[fault]]\nat = \"2s\"\ndo = \"slow:a1,50ms\"").unwrap();
    assert_eq!(scenario.faults[0].1.to_string(), "slow:a1,50ms");
}

#[test]
fn who_asks_for_a_broken_engine_may_have_quorums_that_do_not_meet() {
    let text = "broken = [\"small-quorum\"]\n[topology]\nwrite_quorum = 3\nread_quorum = 3";
    let scenario = parse(text).unwrap();
    assert!(scenario.broken.has(Defect::SmallQuorum) && !scenario.broken.has(Defect::CountAcks));
    assert!(scenario.topology.membership().quorum().check().is_err());
}

/// A scenario in which a parameter has a meaning.
fn home_of(parameter: &Parameter) -> String {
    let workload = match parameter.workloads {
        [] => "insert",
        [.., last] => last,
    };
    let beside = match parameter.path {
        "workload.arrival" => "rate = 5\n",
        "workload.exponent" => "skew = \"zipf\"\n",
        _ => "",
    };
    let clone = match parameter.path {
        "clone.arrival" => "[clone]\nrate = 5\n",
        _ => "",
    };
    let wal = match parameter.path {
        "wal.mirror_legs" => "[wal]\nstandbys = \"mirrored\"\n",
        _ => "",
    };
    format!("format = 1\n[workload]\nkind = \"{workload}\"\n{beside}{clone}{wal}")
}

/// The scenario with a value there.
fn with(parameter: &Parameter, value: &str) -> Result<Scenario, ScenarioError> {
    let text = home_of(parameter);
    Scenario::parse(&changed(&text, parameter.path, value).unwrap())
}

#[test]
fn every_default_is_what_holds_when_nothing_is_said() {
    for parameter in PARAMETERS {
        if parameter.default.is_empty() {
            continue;
        }
        let said = with(parameter, parameter.default);
        let mut silent = Scenario::parse(&home_of(parameter)).unwrap();
        if parameter.section() == "reads" || parameter.section() == "clone" {
            // The table itself says something.
            let other = if parameter.path == "reads.hedging" {
                ("reads.cache_pages", "10000")
            } else if parameter.section() == "reads" {
                ("reads.hedging", "on")
            } else {
                ("clone.clients", "64")
            };
            let text = changed(&home_of(parameter), other.0, other.1).unwrap();
            silent = Scenario::parse(&text).unwrap();
        }
        assert_eq!(said.as_ref(), Ok(&silent), "{}", parameter.path);
    }
}

#[test]
fn every_parameter_is_read_and_refused_beyond_its_ends() {
    for parameter in PARAMETERS {
        let path = parameter.path;
        let (fits, does_not): (Vec<String>, Vec<String>) = match parameter.kind {
            ParameterKind::Whole { least, most } => (
                vec![],
                [least.checked_sub(1), most.checked_add(1)]
                    .into_iter()
                    .flatten()
                    .map(|n| n.to_string())
                    .chain(["1.5".to_owned(), "true".to_owned()])
                    .collect(),
            ),
            ParameterKind::Number { least, most, .. } => (
                vec![least.to_string(), most.to_string()],
                vec![
                    (least - 0.001).to_string(),
                    (most * 1.01).to_string(),
                    "x".to_owned(),
                ],
            ),
            ParameterKind::Flag => (vec!["true".to_owned()], vec!["1".to_owned()]),
            ParameterKind::Choice(names) => (vec![], vec![[names[0], "x"].concat()]),
            ParameterKind::Choices(names) => (
                vec![format!("[\"{}\"]", names[0])],
                vec!["[\"x\"]".to_owned()],
            ),
            ParameterKind::Time => (vec!["2s".to_owned()], vec!["2".to_owned()]),
            ParameterKind::Interval => (vec!["never".to_owned()], vec!["0s".to_owned()]),
            ParameterKind::Size { least, most } => (
                vec![format!("{}KiB", least.div_ceil(1024))],
                vec![format!("{}KiB", most / 1024 + 1), "5".to_owned()],
            ),
            ParameterKind::Delay => (
                vec!["{ kind = \"constant\", ms = 5 }".to_owned()],
                vec!["5".to_owned(), "{ kind = \"x\" }".to_owned()],
            ),
            ParameterKind::Text => (vec!["a".to_owned()], vec!["5".to_owned()]),
            ParameterKind::Faults => (
                vec!["none".to_owned(), "az-down:b@2s; heal:writer@3s".to_owned()],
                vec!["standby-down:s8@2s".to_owned()],
            ),
        };
        for value in fits {
            let read = with(parameter, &value);
            assert!(read.is_ok(), "{path} = {value}: {read:?}");
        }
        for value in does_not {
            let error = with(parameter, &value).expect_err(path);
            assert!(error.key.starts_with(path), "{path} = {value}: {error}");
        }
        if let ParameterKind::Whole { least, most } = parameter.kind {
            // What depends on others says so, and does not say that this is no such number.
            for value in [least, most] {
                if let Err(error) = with(parameter, &value.to_string()) {
                    let said = format!("a whole number from {least} to {most}");
                    assert_ne!(error.expected, said, "{path} = {value}");
                }
            }
        }
        if let ParameterKind::Choice(names) = parameter.kind {
            for name in names {
                let said = with(parameter, name).err().map(|error| error.expected);
                let refused = said.is_some_and(|said| said.starts_with("one of \""));
                assert!(!refused, "{path} = {name}");
            }
        }
    }
}

#[test]
fn parameters_are_told_as_a_text_has_them() {
    let text = "format = 1\nengine = \"both\"\n[workload]\nkind = \"oltp\"\nrate = 5.0\n\
        [latency]\ndisk = { kind = \"constant\", ms = 1 }\n";
    let told = parameters(text);
    let value = |path: &str| {
        let mut found = told.iter().filter(|(parameter, _)| parameter.path == path);
        found.next().map(|(_, value)| value.clone())
    };
    let said = |text: &str| Some(Some(text.to_owned()));
    assert_eq!(value("engine"), said("both"));
    assert_eq!(value("workload.rate"), said("5.0"));
    assert_eq!(
        value("latency.disk"),
        said("{ kind = \"constant\", ms = 1 }")
    );
    assert_eq!(value("topology.azs"), Some(None));
    assert_eq!(value("workload.records_per_commit"), None);
    assert_eq!(value("workload.skew"), Some(None));
    assert!(parameters("format = ").is_empty());
}
