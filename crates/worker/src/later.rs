//! Something that is done after the messages that wait now.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessagePort};

/// Does its work once, however often that is asked for until then.
///
/// A message that the worker sends to itself comes after those that wait already, and without the
/// pause of 4 ms that browsers put before a timer that a timer set.
pub(crate) struct Later {
    port: MessagePort,
    asked: Rc<Cell<bool>>,
}

impl Later {
    /// Something to do later.
    pub(crate) fn new(work: impl Fn() + 'static) -> Self {
        let channel = MessageChannel::new().expect("every worker has one");
        let asked = Rc::new(Cell::new(false));
        let on_message = {
            let asked = Rc::clone(&asked);
            Closure::<dyn FnMut()>::new(move || {
                asked.set(false);
                work();
            })
        };
        let port = channel.port1();
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        let port = channel.port2();
        Self { port, asked }
    }

    /// Asks for it.
    pub(crate) fn ask(&self) {
        if !self.asked.replace(true) {
            let sent = self.port.post_message(&JsValue::NULL);
            sent.expect("nothing can be sent");
        }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use std::cell::RefCell;
    use std::task::{Poll, Waker};

    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_dedicated_worker);

    /// Counts how often it was done.
    struct Counter {
        later: Later,
        count: Rc<Cell<u32>>,
        waker: Rc<RefCell<Option<Waker>>>,
    }

    impl Counter {
        fn new() -> Self {
            let (count, waker) = (Rc::default(), Rc::<RefCell<Option<Waker>>>::default());
            let work = {
                let (count, waker) = (Rc::<Cell<u32>>::clone(&count), Rc::clone(&waker));
                move || {
                    count.set(count.get() + 1);
                    waker.take().inspect(Waker::wake_by_ref);
                }
            };
            let later = Later::new(work);
            Self {
                later,
                count,
                waker,
            }
        }

        async fn reaches(&self, count: u32) {
            std::future::poll_fn(|context| {
                if self.count.get() >= count {
                    return Poll::Ready(());
                }
                self.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            })
            .await;
        }
    }

    #[wasm_bindgen_test]
    async fn what_is_asked_for_three_times_is_done_once() {
        let (counter, clock) = (Counter::new(), Counter::new());
        for _ in 0..3 {
            counter.later.ask();
        }
        assert_eq!(counter.count.get(), 0);
        counter.reaches(1).await;
        counter.later.ask();
        counter.reaches(2).await;
        for turn in 1..=5 {
            clock.later.ask();
            clock.reaches(turn).await;
        }
        assert_eq!(counter.count.get(), 2);
    }
}
