//! The way of a message: a line that can be drawn and along which a place can be found.

use plot::Path;

type Point = (f64, f64);

/// A line from one place to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Track {
    data: String,
    /// Points along it, close enough to take the line between two of them for straight, each with
    /// its distance from the start along the line.
    points: Vec<(Point, f64)>,
}

impl Track {
    /// A curve with two control points.
    pub(crate) fn curve(from: Point, one: Point, two: Point, to: Point) -> Self {
        let mut path = Path::new();
        path.go(from.0, from.1).curve(one, two, to);
        Self::new(
            path.into(),
            (0..=32_u32).map(|n| cubic(from, one, two, to, f64::from(n) / 32.0)),
        )
    }

    /// Straight lines from point to point with rounded corners.
    pub(crate) fn corners(points: &[Point], radius: f64) -> Self {
        let mut path = Path::new();
        let mut along = Vec::new();
        let first = points[0];
        path.go(first.0, first.1);
        along.push(first);
        for window in points.windows(3) {
            let [before, corner, after] = [window[0], window[1], window[2]];
            let near = towards(corner, before, radius);
            let far = towards(corner, after, radius);
            path.line(near.0, near.1).curve(corner, corner, far);
            along.extend((0..=6_u32).map(|n| cubic(near, corner, corner, far, f64::from(n) / 6.0)));
        }
        let last = points[points.len() - 1];
        path.line(last.0, last.1);
        along.push(last);
        Self::new(path.into(), along.into_iter())
    }

    fn new(data: String, along: impl Iterator<Item = Point>) -> Self {
        let mut points: Vec<(Point, f64)> = Vec::new();
        for point in along {
            let distance = points.last().map_or(0.0, |(before, walked)| {
                walked + (point.0 - before.0).hypot(point.1 - before.1)
            });
            points.push((point, distance));
        }
        Self { data, points }
    }

    /// SVG path data.
    pub(crate) fn data(&self) -> &str {
        &self.data
    }

    /// The last place at this height, or the end.
    pub(crate) fn at_height(&self, y: f64) -> Point {
        let pairs = self.points.windows(2).rev();
        let found = pairs
            .map(|pair| (pair[0].0, pair[1].0))
            .find(|(from, to)| from.1.min(to.1) <= y && y <= from.1.max(to.1));
        match found {
            Some((from, to)) if (to.1 - from.1).abs() > 0.01 => {
                let share = (y - from.1) / (to.1 - from.1);
                (from.0 + share * (to.0 - from.0), y)
            }
            _ => self.at(1.0),
        }
    }

    /// The place after this share of the way: 0 at the start, 1 at the end.
    pub(crate) fn at(&self, share: f64) -> Point {
        let end = self.points.last().map_or(0.0, |(_, distance)| *distance);
        let wanted = end * share.clamp(0.0, 1.0);
        let next = self
            .points
            .partition_point(|(_, distance)| *distance < wanted)
            .clamp(1, self.points.len() - 1);
        let ((from, walked), (to, ahead)) = (self.points[next - 1], self.points[next]);
        let part = if ahead > walked {
            (wanted - walked) / (ahead - walked)
        } else {
            0.0
        };
        (
            from.0 + part * (to.0 - from.0),
            from.1 + part * (to.1 - from.1),
        )
    }
}

fn cubic(from: Point, one: Point, two: Point, to: Point, t: f64) -> Point {
    let s = 1.0 - t;
    let mix = |a: f64, b: f64, c: f64, d: f64| {
        s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
    };
    (
        mix(from.0, one.0, two.0, to.0),
        mix(from.1, one.1, two.1, to.1),
    )
}

fn towards(from: Point, to: Point, far: f64) -> Point {
    let length = (to.0 - from.0).hypot(to.1 - from.1);
    let share = if length > 0.0 {
        (far / length).min(0.5)
    } else {
        0.0
    };
    (
        from.0 + share * (to.0 - from.0),
        from.1 + share * (to.1 - from.1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Point, b: Point) -> bool {
        (a.0 - b.0).hypot(a.1 - b.1) < 0.5
    }

    #[test]
    fn a_track_begins_and_ends_where_it_should() {
        let curve = Track::curve((0.0, 0.0), (0.0, 50.0), (80.0, 50.0), (80.0, 100.0));
        assert!(near(curve.at(0.0), (0.0, 0.0)));
        assert!(near(curve.at(1.0), (80.0, 100.0)));
        assert!(near(curve.at(0.5), (40.0, 50.0)));
    }

    #[test]
    fn a_place_is_found_by_its_height() {
        let curve = Track::curve((0.0, 0.0), (0.0, 50.0), (80.0, 50.0), (80.0, 100.0));
        assert!(near(curve.at_height(50.0), (40.0, 50.0)));
        assert!(near(curve.at_height(500.0), (80.0, 100.0)));
    }

    #[test]
    fn corners_are_walked_at_an_even_pace() {
        let track = Track::corners(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)], 8.0);
        let (quarter, half) = (track.at(0.25), track.at(0.75));
        assert!((quarter.0 - 50.0).abs() < 2.0 && quarter.1.abs() < 0.1);
        assert!((half.1 - 50.0).abs() < 2.0 && (half.0 - 100.0).abs() < 0.1);
    }
}
