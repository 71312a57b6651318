//! SVG path data.

use std::fmt::Write as _;

/// Path data that grows by strokes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    data: String,
}

impl Path {
    /// Nothing drawn yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes to a place without drawing.
    pub fn go(&mut self, x: f64, y: f64) -> &mut Self {
        self.write('M', &[x, y])
    }

    /// Draws a straight line.
    pub fn line(&mut self, x: f64, y: f64) -> &mut Self {
        self.write('L', &[x, y])
    }

    /// Draws a cubic curve with two control points.
    pub fn curve(&mut self, one: (f64, f64), two: (f64, f64), to: (f64, f64)) -> &mut Self {
        self.write('C', &[one.0, one.1, two.0, two.1, to.0, to.1])
    }

    /// Draws back to where the last [`Path::go`] went.
    pub fn close(&mut self) -> &mut Self {
        self.data.push('Z');
        self
    }

    /// Draws a rectangle.
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64) -> &mut Self {
        self.go(x, y)
            .line(x + width, y)
            .line(x + width, y + height)
            .line(x, y + height)
            .close()
    }

    /// Draws a circle.
    pub fn circle(&mut self, x: f64, y: f64, radius: f64) -> &mut Self {
        self.go(x - radius, y);
        for side in [2.0, -2.0] {
            self.write('a', &[radius, radius, 0.0, 1.0, 1.0, side * radius, 0.0]);
        }
        self.close()
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    fn write(&mut self, stroke: char, numbers: &[f64]) -> &mut Self {
        self.data.push(stroke);
        for (n, &number) in numbers.iter().enumerate() {
            if n > 0 {
                self.data.push(' ');
            }
            self.data.push_str(&short(number));
        }
        self
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.data
    }
}

/// A number as pictures write it: at most two decimals, no zeros that say nothing.
pub fn short(number: f64) -> String {
    let mut text = String::new();
    write!(text, "{number:.2}").expect("writing to a string does not fail");
    if text.contains('.') {
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
    if text == "-0" { "0".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (1.0, "1"),
            (0.126, "0.13"),
            (-0.001, "0"),
            (100.0, "100"),
            (2.5, "2.5"),
        ] {
            assert_eq!(short(number), text);
        }
    }

    #[test]
    fn strokes_follow_each_other() {
        let mut path = Path::new();
        path.go(0.0, 1.0).line(2.5, 3.0).close();
        assert_eq!(String::from(path), "M0 1L2.5 3Z");
    }
}
