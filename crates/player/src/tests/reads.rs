//! What frames say of transactions that wait for pages.

use super::*;

#[test]
fn who_waits_for_a_page_says_for_which_and_whom_it_asked() {
    let mut player = Player::default();
    load(&mut player, Source::Shipped("oltp".to_owned()));
    let waits = (0..200).find_map(|n| {
        let frame = seek(&mut player, 2000 + n * 10);
        let wait = frame.writer.oldest_read.clone()?;
        Some((frame, wait))
    });
    let (frame, wait) = waits.expect("a small cache lacks pages");
    assert!(!wait.pages.is_empty() && !wait.stopped);
    let names: Vec<_> = (frame.members.machines.iter())
        .map(|machine| machine.node)
        .collect();
    for page in &wait.pages {
        assert!(names.contains(&page.asked), "{page:?}");
        assert!((wait.asked_ns..=frame.now_ns).contains(&page.asked_ns));
    }
}

#[test]
fn nobody_is_said_to_wait_for_pages_of_a_writer_that_crashed() {
    let mut player = Player::default();
    load(&mut player, Source::Shipped("oltp".to_owned()));
    seek(&mut player, 4000);
    let verb = verb("crash-writer");
    let frame = play(&mut player, 1000, Command::Act { request: 1, verb });
    assert_eq!(frame.writer.oldest_read, None);
}
