//! An exhibit: the steps of a lesson, as the page that it stands on has them.

use std::rc::Rc;

/// The lesson of this page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// Its title.
    pub title: String,
    /// How many minutes a reader takes, about.
    pub minutes: String,
    /// The steps.
    pub steps: Vec<Rc<Step>>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its heading.
    pub title: String,
    /// Its moment, as a link.
    pub link: String,
    /// The prose as HTML.
    pub prose: String,
    /// A question to answer before one reads on.
    pub ask: Option<Ask>,
    /// The prose behind the question.
    pub after: String,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The question.
    pub text: String,
    /// The answers to choose from.
    pub choices: Vec<Choice>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The answer.
    pub text: String,
    /// Why it is right or wrong.
    pub because: String,
    /// It is right.
    pub right: bool,
}

impl Exhibit {
    /// The step with this number, from 1; the first for a number that no step has.
    pub fn step(&self, number: u32) -> (u32, &Rc<Step>) {
        let steps = (1..).zip(&self.steps);
        let mut found = steps.filter(|(its, _)| *its == number);
        found.next().unwrap_or((1, &self.steps[0]))
    }

    /// The step so many steps away, if there is one.
    pub fn turned(&self, number: u32, by: i32) -> Option<&Rc<Step>> {
        let (number, _) = self.step(number);
        let to = number.checked_add_signed(by)?.checked_sub(1)?;
        self.steps.get(to as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_at_both_ends() {
        let step = |title: &str| {
            Rc::new(Step {
                title: title.to_owned(),
                link: String::new(),
                prose: String::new(),
                ask: None,
                after: String::new(),
            })
        };
        let exhibit = Exhibit {
            title: String::new(),
            minutes: String::new(),
            steps: vec![step("one"), step("two")],
        };
        let title = |number, by| exhibit.turned(number, by).map(|step| step.title.as_str());
        assert_eq!(title(1, 1), Some("two"));
        assert_eq!(title(2, -1), Some("one"));
        assert_eq!((title(1, -1), title(2, 1)), (None, None));
        assert_eq!((exhibit.step(7).0, exhibit.step(0).0), (1, 1));
    }
}
