//! The colours as those see them who lack one kind of cone: zones stay apart, and what is written can be
//! read. A shape, a letter or a word says the same as each colour; this is for whoever looks at colours
//! first.

use protocol::Az;
use scene::{Paint, Theme};

/// Light of a screen, red, green and blue, each from 0 to 1.
type Light = [f64; 3];

/// What is left of light without one kind of cone: Machado, Oliveira and Fernandes, "A
/// Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.
const EYES: [(&str, [Light; 3]); 4] = [
    (
        "all cones",
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// Four times what can just be told apart side by side (2.3, CIE 1976).
const APART: f64 = 9.2;

/// The light of a colour, as these eyes see it.
fn seen(theme: Theme, paint: Paint, eyes: &[Light; 3]) -> Light {
    let colour = theme.colour(paint);
    let part = |at: usize| {
        let part = u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour is #rrggbb");
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    let light = [part(1), part(3), part(5)];
    eyes.map(|row| mixed(&row, &light).clamp(0.0, 1.0))
}

fn mixed(weights: &Light, light: &Light) -> f64 {
    weights
        .iter()
        .zip(light)
        .map(|(weight, part)| weight * part)
        .sum()
}

/// Relative luminance, as WCAG 2.2 defines it.
fn luminance(light: &Light) -> f64 {
    mixed(&[0.2126, 0.7152, 0.0722], light)
}

/// Contrast ratio, as WCAG 2.2 defines it.
fn contrast(one: &Light, other: &Light) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

/// How far apart two colours are to the eye: the distance in CIE L*a*b*, under D65.
fn distance(one: &Light, other: &Light) -> f64 {
    let lab = |light: &Light| {
        let root = |t: f64| {
            if t > 216.0 / 24_389.0 {
                t.cbrt()
            } else {
                (24_389.0 / 27.0 * t + 16.0) / 116.0
            }
        };
        let x = root(mixed(&[0.412_456, 0.357_576, 0.180_438], light) / 0.950_47);
        let y = root(luminance(light));
        let z = root(mixed(&[0.019_334, 0.119_192, 0.950_304], light) / 1.088_83);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    let parts = lab(one).into_iter().zip(lab(other));
    parts
        .map(|(one, other)| (one - other).powi(2))
        .sum::<f64>()
        .sqrt()
}

fn zones() -> Vec<Paint> {
    (0..3).filter_map(Az::new).map(Paint::Zone).collect()
}

#[test]
fn zones_and_what_is_good_or_bad_stay_apart_to_all_eyes() {
    let zones = zones();
    let mut pairs = vec![(Paint::Good, Paint::Bad)];
    for (n, zone) in zones.iter().enumerate() {
        pairs.push((*zone, Paint::Good));
        pairs.extend(zones.iter().skip(n + 1).map(|other| (*zone, *other)));
    }
    for theme in Theme::ALL {
        for (name, eyes) in &EYES {
            for (one, other) in &pairs {
                let apart = distance(&seen(theme, *one, eyes), &seen(theme, *other, eyes));
                assert!(
                    apart > APART,
                    "{theme:?}, {name}: {one:?} and {other:?}: {apart:.1}"
                );
            }
        }
    }
}

#[test]
fn what_is_written_and_drawn_can_be_read_by_all_eyes() {
    let mut written = vec![
        Paint::Ink,
        Paint::Quiet,
        Paint::Accent,
        Paint::Good,
        Paint::Wait,
        Paint::Bad,
    ];
    written.extend(zones());
    for theme in Theme::ALL {
        for (name, eyes) in &EYES {
            for ground in [Paint::Ground, Paint::Raised] {
                let ground_seen = seen(theme, ground, eyes);
                let on = |paint: &Paint| contrast(&seen(theme, *paint, eyes), &ground_seen);
                for paint in &written {
                    assert!(
                        on(paint) >= 4.5,
                        "{theme:?}, {name}: {paint:?} on {ground:?}: {:.2}",
                        on(paint)
                    );
                }
                let mark = on(&Paint::StrongRule);
                assert!(
                    mark >= 3.0,
                    "{theme:?}, {name}: marks on {ground:?}: {mark:.2}"
                );
            }
        }
    }
}
