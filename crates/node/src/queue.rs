//! The bounded queue in front of a party's thread.
//!
//! Answers to the party's own calls come first and are never refused: there are no more of them
//! than calls that it made. What peers and people ask is refused when the queue is full.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What was asked of the thread besides its items. Each is reported once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Signals {
    /// Build the party anew from its files.
    pub(crate) reload: bool,
    /// Finish what is begun and end.
    pub(crate) stop: bool,
}

/// Which items the thread wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything.
    All,
    /// Answers only: what is begun shall end before anything new begins.
    Answers,
}

/// Items of type `I`, from many tasks to one thread.
#[derive(Debug)]
pub(crate) struct Queue<I> {
    state: Mutex<State<I>>,
    wake: Condvar,
    asks_max: usize,
}

#[derive(Debug)]
struct State<I> {
    answers: VecDeque<I>,
    asks: VecDeque<I>,
    signals: Signals,
    closing: bool,
    sleeping: bool,
}

impl<I> Queue<I> {
    /// An empty queue that holds at most `asks_max` items which may be refused.
    pub(crate) fn new(asks_max: usize) -> Self {
        let state = State {
            answers: VecDeque::new(),
            asks: VecDeque::new(),
            signals: Signals::default(),
            closing: false,
            sleeping: false,
        };
        Self { state: Mutex::new(state), wake: Condvar::new(), asks_max }
    }

    /// Queues what a peer or person asks; gives it back when the queue is full or closing.
    pub(crate) fn try_ask(&self, item: I) -> Result<(), I> {
        let mut state = self.lock();
        if state.asks.len() >= self.asks_max || state.closing {
            return Err(item);
        }
        state.asks.push_back(item);
        self.wake(state);
        Ok(())
    }

    /// Queues an answer that the party waits for.
    pub(crate) fn answer(&self, item: I) {
        let mut state = self.lock();
        state.answers.push_back(item);
        self.wake(state);
    }

    /// Asks the thread to build its party anew.
    pub(crate) fn reload(&self) {
        let mut state = self.lock();
        state.signals.reload = true;
        self.wake(state);
    }

    /// Refuses further asks and tells the thread to end when it has done the rest.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.signals.stop = true;
        state.closing = true;
        self.wake(state);
    }

    /// Items that wait.
    pub(crate) fn len(&self) -> usize {
        let state = self.lock();
        state.asks.len() + state.answers.len()
    }

    /// Waits until there is something to do or `wait` is over, then moves up to `limit` items,
    /// answers first, to the end of `items`.
    pub(crate) fn take(
        &self,
        items: &mut Vec<I>,
        limit: usize,
        wanted: Wanted,
        wait: Duration,
    ) -> Signals {
        let mut state = self.lock();
        if state.is_quiet(wanted) && !wait.is_zero() {
            state.sleeping = true;
            let (woken, _) = self
                .wake
                .wait_timeout_while(state, wait, |state| state.is_quiet(wanted))
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.sleeping = false;
        }
        let answers = state.answers.len().min(limit);
        items.extend(state.answers.drain(..answers));
        if wanted == Wanted::All {
            let asks = state.asks.len().min(limit - answers);
            items.extend(state.asks.drain(..asks));
        }
        std::mem::take(&mut state.signals)
    }

    fn lock(&self) -> MutexGuard<'_, State<I>> {
        // No code that can panic runs while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the thread only if it sleeps: while it works it looks by itself.
    fn wake(&self, state: MutexGuard<'_, State<I>>) {
        let sleeping = state.sleeping;
        drop(state);
        if sleeping {
            self.wake.notify_one();
        }
    }
}

impl<I> State<I> {
    fn is_quiet(&self, wanted: Wanted) -> bool {
        self.answers.is_empty()
            && (wanted == Wanted::Answers || self.asks.is_empty())
            && self.signals == Signals::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(queue: &Queue<u32>, limit: usize) -> Vec<u32> {
        let mut items = Vec::new();
        queue.take(&mut items, limit, Wanted::All, Duration::ZERO);
        items
    }

    #[test]
    fn answers_come_first_and_are_never_refused() {
        let queue = Queue::new(2);
        assert_eq!(queue.try_ask(1), Ok(()));
        assert_eq!(queue.try_ask(2), Ok(()));
        assert_eq!(queue.try_ask(3), Err(3));
        queue.answer(10);
        queue.answer(11);
        assert_eq!(queue.len(), 4);
        assert_eq!(take(&queue, 3), [10, 11, 1]);
        assert_eq!(take(&queue, 3), [2]);
    }

    #[test]
    fn stopping_refuses_asks_and_keeps_what_waits() {
        let queue = Queue::new(9);
        assert_eq!(queue.try_ask(1), Ok(()));
        queue.stop();
        assert_eq!(queue.try_ask(2), Err(2));
        queue.answer(10);
        assert_eq!(take(&queue, 9), [10, 1]);
    }

    #[test]
    fn asks_wait_while_only_answers_are_wanted() {
        let queue = Queue::new(9);
        assert_eq!(queue.try_ask(1), Ok(()));
        queue.answer(10);
        let mut items = Vec::new();
        queue.take(&mut items, 9, Wanted::Answers, Duration::ZERO);
        assert_eq!(items, [10]);
        assert_eq!(take(&queue, 9), [1]);
    }

    #[test]
    fn reload_is_reported_once() {
        let queue = Queue::<u32>::new(9);
        queue.reload();
        let mut items = Vec::new();
        assert!(queue.take(&mut items, 9, Wanted::All, Duration::ZERO).reload);
        assert!(!queue.take(&mut items, 9, Wanted::All, Duration::ZERO).reload);
    }

    #[test]
    fn sleeping_thread_is_woken() {
        let queue = std::sync::Arc::new(Queue::new(9));
        let taker = std::thread::spawn({
            let queue = std::sync::Arc::clone(&queue);
            move || {
                let mut items = Vec::new();
                while items.is_empty() {
                    queue.take(&mut items, 9, Wanted::All, Duration::from_secs(60));
                }
                items
            }
        });
        assert_eq!(queue.try_ask(5), Ok(()));
        assert_eq!(taker.join().unwrap(), [5]);
    }
}
