use super::*;

const HEAD: &str = "+++\nid = \"a\"\ntitle = \"A\"\nminutes = 1\nscenario = \"insert\"\n[runs.one]\nat = \"5ms\"\n+++\n";

fn read(rest: &str) -> Result<Lesson, LessonError> {
    Lesson::read(&[HEAD, rest].concat())
}

/// A step with this binding and prose; its heading is line 9, its prose line 14.
fn step(binding: &str, prose: &str) -> String {
    format!("## One\n```step\nat = \"5ms\"\n{binding}\n```\n{prose}\n")
}

#[test]
fn every_shipped_lesson_is_told_and_what_it_claims_holds() {
    for (name, text) in SHIPPED {
        let lesson = Lesson::read(text).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        assert_eq!(lesson.id, name);
        assert!(
            lesson.steps.iter().all(|step| !step.claims.is_empty()),
            "{name}"
        );
        let told = tell(&lesson).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        assert!((6..=9).contains(&told.steps.len()), "{name}");
        for (step, number) in told.steps.iter().zip(1..) {
            assert_eq!(step.link.step, number);
            assert!(step.link.to_text().is_ok(), "{name}: {}", step.title);
            assert!(!step.prose.is_empty() && !step.prose.contains("{{"));
        }
    }
}

#[test]
fn a_mistake_is_told_with_its_line() {
    for (rest, line, expected) in [
        (String::new(), 8, "a step with a heading"),
        ("## One\n\ntext\n".to_owned(), 9, "a block `step`"),
        (
            "## One\n```step\nat = \"5ms\"\n".to_owned(),
            10,
            "a block that ends",
        ),
        (
            "## One\n```stop\n```\n".to_owned(),
            10,
            "a block `step` or `predict`",
        ),
        (
            step("", "").replace("5ms", "soon"),
            9,
            "`start`, `same`, a time",
        ),
        (
            step("", "").replace("5ms", "mark: none"),
            9,
            "one of the marks all-on-the-way",
        ),
        (step("from = \"1ms\"", ""), 9, "`from` beside a mark"),
        (
            step("from = \"1\"", "").replace("5ms", "mark: hole"),
            9,
            "a time such as",
        ),
        (step("claims = [\"none\"]", ""), 9, "one of the marks"),
        (
            step("claims = [\"p50 < one.p0\"]", ""),
            9,
            "one of the figures",
        ),
        (
            step("claims = [\"p50 < two.p50\"]", ""),
            9,
            "one of the runs one",
        ),
        (
            step("do = [\"az-down:q@2ms\"]", ""),
            9,
            "`az-down` with a zone",
        ),
        (step("what = 1", ""), 12, "what such a block holds"),
        (
            step("", "Half take {{p5}}."),
            14,
            "one of the figures newest",
        ),
        (step("", "text\nHalf take 5 ms."), 15, "a figure of the run"),
        (
            step("", "```predict\nask = \"?\"\nchoices = []\n```"),
            14,
            "several choices",
        ),
    ] {
        let wrong = read(&rest).expect_err(&rest);
        assert_eq!(wrong.line, line, "{rest}: {wrong}");
        assert!(wrong.expected.starts_with(expected), "{wrong}");
    }
    for text in ["", "+++", "id = 1\n+++\n", "+++\nid = 1\n+++\n"] {
        Lesson::read(text).expect_err(text);
    }
}

#[test]
fn numbers_may_stand_in_code_sources_and_figures() {
    let prose =
        "Of v2 and `4 + 3` one is shared, {{one.p50}} [Paper, 2017, section 2](https://a.b/2).";
    let told = tell(&read(&step("", prose)).unwrap()).unwrap();
    let expected = "Of v2 and `4 + 3` one is shared, ";
    assert!(told.steps[0].prose.starts_with(expected) && told.steps[0].prose.contains(" ms ["));
}

#[test]
fn what_does_not_hold_cannot_be_told() {
    for (binding, at, expected) in [
        ("claims = [\"zone-dark\"]", "5ms", "a zone is without power"),
        ("claims = [\"p99 < p50\"]", "5ms", " less than "),
        ("claims = [\"now ~ p50\"]", "5ms", " about "),
        ("do = [\"promote:s1@2ms\"]", "5ms", "what fits the scenario"),
        (
            "",
            "mark: zone-dark",
            "a moment at which a zone is without power",
        ),
    ] {
        let lesson =
            read(&step(binding, "").replace("at = \"5ms\"\n", &format!("at = \"{at}\"\n")));
        let mut lesson = lesson.unwrap();
        lesson.changes = vec![protocol::Change {
            path: "stop.at".to_owned(),
            value: "20ms".to_owned(),
        }];
        let wrong = tell(&lesson).expect_err(binding);
        assert_eq!(wrong.line, 9);
        assert!(wrong.expected.contains(expected), "{wrong}");
    }
}

#[test]
fn marks_and_figures_have_names_of_their_own() {
    for names in [
        MARKS.map(|mark| mark.name).to_vec(),
        FIGURES.map(|figure| figure.name).to_vec(),
    ] {
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len());
    }
}

#[test]
fn a_page_is_made_of_the_app() {
    let app = include_str!("../../../index.html");
    let told = tell(&Lesson::read(SHIPPED[0].1).unwrap()).unwrap();
    let files = site_files(&told, app).unwrap();
    let page = &files[0];
    assert_eq!(page.path, "quorum/index.html");
    for part in [
        "<base href=\"../\">",
        "property=\"og:title\"",
        "<em>availability zones</em>",
        "<table>",
        "<li data-right>",
        "id=\"loading\"",
        "<noscript>",
    ] {
        assert!(page.text.contains(part), "{part}");
    }
    assert!(files[1].text.starts_with("<svg ") && files[1].text != files[2].text);
    site_files(&told, "<html>").expect_err("no place");
}
