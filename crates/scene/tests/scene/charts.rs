//! Charts: that they hold what they are given in every room, and that their tables say the same.

use scene::chart::{Chart, Look, Room, Table};

use super::*;

fn rooms() -> Vec<Room> {
    let room = |slide| {
        move |(width, height)| Room {
            width,
            height,
            slide,
        }
    };
    let windows = [
        (300.0, 200.0),
        (340.0, 260.0),
        (620.0, 320.0),
        (900.0, 380.0),
    ];
    let slides = [(560.0, 300.0), (920.0, 400.0)];
    windows
        .into_iter()
        .map(room(false))
        .chain(slides.into_iter().map(room(true)))
        .collect()
}

/// Every chart in every room, without a crosshair and with one at several places.
pub(crate) fn pictures() -> Vec<Named> {
    let words = Words::english();
    let mut pictures = Vec::new();
    for (name, chart) in samples::charts() {
        for room in rooms() {
            let least = if room.slide { 13.0 } else { 11.0 };
            let xs = chart.xs();
            let ends = [xs.first(), xs.get(xs.len() / 2), xs.last()];
            let crosshairs = ends.into_iter().flatten().copied().map(Some);
            for at in std::iter::once(None).chain(crosshairs) {
                let drawing = chart.drawing(&words, room, at);
                pictures.push((
                    format!("chart {} {at:?}: {name}", room.width),
                    least,
                    drawing,
                ));
            }
        }
    }
    pictures
}

fn tables(chart: &Chart) -> Vec<Table> {
    chart.tables(&Words::english())
}

/// All shapes, those of groups too.
fn flat(shapes: &[Shape]) -> Vec<&Shape> {
    let mut all = Vec::new();
    for shape in shapes {
        if let Shape::Group { shapes, .. } = shape {
            all.extend(flat(shapes));
        } else {
            all.push(shape);
        }
    }
    all
}

#[test]
fn every_shape_is_inside_the_picture_and_every_number_is_one() {
    for (name, _, drawing) in pictures() {
        let svg = to_svg(&drawing, Theme::Light);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
        for shape in flat(&drawing.shapes) {
            let places = match shape {
                Shape::Rect { area, .. } => {
                    vec![(area.x, area.y), (area.right(), area.bottom())]
                }
                Shape::Circle { x, y, radius, .. } => {
                    vec![(x - radius, y - radius), (x + radius, y + radius)]
                }
                Shape::Path { .. } => along(shape),
                Shape::Text(_) | Shape::Group { .. } => Vec::new(),
            };
            for (x, y) in places {
                let inside =
                    (0.0..=drawing.width).contains(&x) && (0.0..=drawing.height).contains(&y);
                assert!(inside, "{name}: {shape:?}");
            }
        }
    }
}

#[test]
fn a_chart_keeps_to_its_room() {
    for (name, chart) in samples::charts() {
        for room in rooms() {
            let drawing = chart.drawing(&Words::english(), room, None);
            assert!((drawing.width - room.width).abs() < 0.01, "{name}");
            let is_long = ["recovery", "long names"].contains(&name);
            let is_higher = drawing.height > room.height + 0.01;
            assert!(
                !is_higher || is_long || room.height < 300.0,
                "{name} {room:?}"
            );
        }
    }
}

#[test]
fn a_crosshair_does_not_move_anything_else() {
    for (name, chart) in samples::charts() {
        for room in rooms() {
            let words = Words::english();
            let plain = chart.drawing(&words, room, None);
            let read = chart.drawing(&words, room, chart.xs().first().copied());
            assert!((plain.height - read.height).abs() < 0.01, "{name}");
            for key in ["axes", "spans", "key"] {
                assert_eq!(plain.find(key), read.find(key), "{name}");
            }
        }
    }
}

#[test]
fn looks_differ_without_their_colours() {
    for (n, look) in Look::ALL.into_iter().enumerate() {
        let others = &Look::ALL[n + 1..];
        assert!(others.iter().all(|other| other.dash() != look.dash()));
        assert!(others.iter().all(|other| other.paint() != look.paint()));
    }
    let chart = samples::charts().remove(0).1;
    let markers: BTreeSet<String> = (Look::ALL.into_iter())
        .map(|look| {
            let mut chart = chart.clone();
            chart.points.truncate(1);
            chart.points[0].look = look;
            let drawing = chart.drawing(&Words::english(), rooms()[2], None);
            let shapes = drawing.find("points-0").unwrap();
            if let Shape::Path { data, .. } = &shapes[0] {
                data.clone()
            } else {
                format!("{:?}", shapes[0])
            }
        })
        .collect();
    assert_eq!(markers.len(), Look::ALL.len());
}

#[test]
fn a_line_is_broken_where_a_number_is_none() {
    let (_, chart) = (samples::charts().into_iter())
        .find(|(name, _)| *name == "holes")
        .unwrap();
    let drawing = chart.drawing(&Words::english(), rooms()[2], None);
    let shapes = drawing.find("line-0").unwrap();
    let Shape::Path { data, .. } = &shapes[0] else {
        panic!("a line is a path");
    };
    // Two values alone, and two that are joined.
    assert_eq!(
        (data.matches('M').count(), data.matches('L').count()),
        (3, 1)
    );
    assert_eq!(shapes.len(), 3);
}

#[test]
fn a_table_says_what_the_picture_shows() {
    for (name, chart) in samples::charts() {
        for table in tables(&chart) {
            let columns = table.header.len();
            assert!(table.rows.iter().all(|row| row.len() == columns), "{name}");
        }
        let values = &tables(&chart)[0];
        assert_eq!(values.rows.len(), chart.xs().len(), "{name}");
        let firsts: BTreeSet<_> = values.rows.iter().map(|row| &row[0]).collect();
        let is_crowd = name == "crowd";
        assert!(is_crowd || firsts.len() == values.rows.len(), "{name}");
        for x in chart.xs() {
            assert!(chart.reading(x).is_some(), "{name}");
        }
    }
    let recovery = samples::charts().remove(0).1;
    let values = &tables(&recovery)[0];
    assert_eq!(values.header[0], "redo at the crash, GB");
    assert_eq!(
        values.header[5],
        "measured (PostgreSQL 15.20 on 2 cores, 23 November 2026, five runs each), s"
    );
    let row = |x: &str| values.rows.iter().find(|row| row[0] == x).unwrap();
    assert_eq!(row("10.00")[1..5], ["1.2", "49.7", "", "50, 50 s"]);
    assert_eq!(row("2.16")[5], "13.6 (11.6 to 16.3)");
    assert_eq!(row("6.40")[6], "34");
}

#[test]
fn spans_have_a_table_of_their_own() {
    let (_, response) = samples::charts().remove(1);
    let [_, spans] = &tables(&response)[..] else {
        panic!("values and spans");
    };
    assert_eq!(spans.header, ["which", "from, min", "to, min"]);
    assert_eq!(spans.rows[1], ["2", "3.7", "5.8"]);
}

#[test]
fn a_reading_names_each_line_that_reaches_there() {
    let (_, recovery) = samples::charts().remove(0);
    let reading = recovery.reading(9.8).unwrap();
    assert_eq!(reading.x, "10.00 GB");
    let said: Vec<_> = reading
        .values
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let between = "line through the talk's points: 48 s";
    assert_eq!(
        said,
        ["quorum engine: 1.2 s", "PostgreSQL's way: 49.7 s", between]
    );
    assert_eq!(Chart::default().reading(1.0), None);
}

#[test]
fn a_crosshair_says_names_in_full_where_there_is_room() {
    for (name, chart) in samples::charts() {
        for x in chart.xs() {
            let drawing = chart.drawing(&Words::english(), rooms()[3], Some(x));
            let said = |name: &String| says(&drawing, "crosshair", name);
            let reading = chart.reading(x).unwrap();
            let names = reading.values.iter().map(|(name, _)| name);
            assert!(
                name == "long names" || names.into_iter().all(said),
                "{name} {x}"
            );
        }
    }
}

#[test]
fn a_pointer_finds_the_nearest_value() {
    for (name, chart) in samples::charts() {
        for room in rooms() {
            let first = chart.xs().first().map(|x| x.to_bits());
            let last = chart.xs().last().map(|x| x.to_bits());
            assert_eq!(chart.x_at(room, -5.0).map(f64::to_bits), first, "{name}");
            assert_eq!(
                chart.x_at(room, room.width).map(f64::to_bits),
                last,
                "{name}"
            );
        }
    }
}

#[test]
fn the_csv_has_every_value_that_is_drawn_and_each_row_as_many_cells() {
    for (name, chart) in samples::charts() {
        let csv = chart.csv();
        let rows: Vec<_> = csv.split_terminator("\r\n").collect();
        assert_eq!(rows.len(), chart.xs().len() + 1, "{name}");
        let table = chart.tables(&Words::english()).remove(0);
        for (row, cells) in rows[1..].iter().zip(&table.rows) {
            let numbers: Vec<_> = row.split(',').collect();
            let columns = chart.lines.len() + chart.points.len() + 1;
            assert_eq!(numbers.len(), columns, "{name}: {row}");
            let x: f64 = numbers[0].parse().unwrap();
            let pairs = numbers.iter().zip(cells).skip(1).zip(&chart.lines);
            for ((number, cell), line) in pairs {
                assert_eq!(number.is_empty(), cell.is_empty(), "{name}: {row}, {cell}");
                let place = number.parse().map(|y: f64| (x, y));
                assert!(
                    place.is_err() || line.places.contains(&place.unwrap()),
                    "{name}: {row}"
                );
            }
        }
    }
}
