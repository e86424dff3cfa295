//! Where groups of documents wait for a device, and where the threads of the devices come to get
//! them: whichever is free takes the next, so the least loaded one gets it.
//!
//! A group for which a person waits overtakes the others, but not for ever. One that no device can
//! take, or that a device does not give back in time, comes back unread.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ivendor_pages::Page;

use crate::reading::reader::PageRead;

/// Groups that overtake others in a row before one of those goes.
const OVERTAKES_MAX: u32 = 4;

/// The pages of one document.
pub(crate) type Pages = Arc<Vec<Page>>;

/// The pages of a document as a device read them; `None` where no device could.
pub(crate) type Answer = Option<DeviceRead>;

/// What a device read.
#[derive(Debug, Clone)]
pub(crate) struct DeviceRead {
    /// The pages of one document.
    pub(crate) pages: Vec<PageRead>,
    /// The number of the device on the board.
    pub(crate) station: usize,
}

/// A group of documents on its way to a device and back.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) documents: Vec<Pages>,
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Debug)]
enum Progress {
    Waiting,
    Running {
        station: usize,
        since: Instant,
    },
    Done(Vec<Answer>),
    /// Nobody waits for it any more.
    Gone,
}

#[derive(Debug)]
struct State {
    urgent: VecDeque<Arc<Order>>,
    others: VecDeque<Arc<Order>>,
    overtakes: u32,
    /// By station: whether it takes orders.
    serving: Vec<bool>,
    closed: bool,
}

/// The board.
#[derive(Debug)]
pub(crate) struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

/// What a station gets when it comes to the board.
#[derive(Debug)]
pub(crate) enum Taken {
    /// A group to read.
    Order(Arc<Order>),
    /// Nothing until the time that it named.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

impl Board {
    /// A board for so many stations, none of which serves yet.
    pub(crate) fn new(stations: usize) -> Self {
        let state = State {
            urgent: VecDeque::new(),
            others: VecDeque::new(),
            overtakes: 0,
            serving: vec![false; stations],
            closed: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Puts a group up. Where no station serves, it comes back at once.
    pub(crate) fn put(&self, documents: Vec<Pages>, urgent: bool) -> Arc<Order> {
        let order = Arc::new(Order {
            documents,
            progress: Mutex::new(Progress::Waiting),
            changed: Condvar::new(),
        });
        let mut state = self.lock();
        if state.closed || !state.serving.contains(&true) {
            order.give_back();
        } else if urgent {
            state.urgent.push_back(Arc::clone(&order));
        } else {
            state.others.push_back(Arc::clone(&order));
        }
        self.changed.notify_all();
        order
    }

    /// Waits for a group until a time.
    pub(crate) fn take(&self, station: usize, until: Instant) -> Taken {
        let mut state = self.lock();
        loop {
            if state.closed {
                return Taken::Closed;
            }
            if let Some(order) = state.next() {
                order.set(Progress::Running { station, since: Instant::now() });
                return Taken::Order(order);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Taken::Nothing;
            }
            state = self.wait(state, left);
        }
    }

    /// Waits until a time, whatever comes. Whether the board is still open.
    pub(crate) fn rest(&self, until: Instant) -> bool {
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                return !state.closed;
            }
            state = self.wait(state, left);
        }
    }

    /// Says whether a station takes orders. When the last one takes none, what waits comes back.
    pub(crate) fn set_serving(&self, station: usize, serving: bool) {
        let mut state = self.lock();
        state.serving[station] = serving;
        if !state.serving.contains(&true) {
            state.drain();
        }
    }

    /// Whether any station takes orders.
    #[cfg(test)]
    pub(crate) fn is_serving(&self) -> bool {
        self.lock().serving.contains(&true)
    }

    /// Nothing is taken any more, and what waits comes back.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.drain();
        self.changed.notify_all();
    }

    /// Waits for the answers of an order, one a document. A station that does not give it back
    /// within `read_max` takes no more orders; `stuck` is told its number.
    pub(crate) fn answers(
        &self,
        order: &Order,
        read_max: Duration,
        stuck: impl FnOnce(usize),
    ) -> Vec<Answer> {
        let mut progress = order.lock();
        loop {
            let left = match &mut *progress {
                Progress::Done(answers) => {
                    let answers = std::mem::take(answers);
                    *progress = Progress::Gone;
                    return answers;
                }
                Progress::Gone => return vec![None; order.documents.len()],
                Progress::Waiting => None,
                Progress::Running { station, since } => {
                    let left = read_max.saturating_sub(since.elapsed());
                    if left.is_zero() {
                        let station = *station;
                        *progress = Progress::Gone;
                        drop(progress);
                        self.set_serving(station, false);
                        stuck(station);
                        return vec![None; order.documents.len()];
                    }
                    Some(left)
                }
            };
            progress = match left {
                None => order.changed.wait(progress).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let waited = order.changed.wait_timeout(progress, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, left: Duration) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, left);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next group in the order in which they go.
    fn next(&mut self) -> Option<Arc<Order>> {
        let overtakes = !self.urgent.is_empty() && !self.others.is_empty();
        if self.urgent.is_empty() || (overtakes && self.overtakes >= OVERTAKES_MAX) {
            self.overtakes = 0;
            return self.others.pop_front();
        }
        self.overtakes = if overtakes { self.overtakes + 1 } else { 0 };
        self.urgent.pop_front()
    }

    /// Gives back what waits.
    fn drain(&mut self) {
        self.urgent.drain(..).chain(self.others.drain(..)).for_each(|order| order.give_back());
    }
}

impl Order {
    /// Whether somebody still waits for it.
    pub(crate) fn is_wanted(&self) -> bool {
        !matches!(*self.lock(), Progress::Gone)
    }

    /// The answers, one a document. Whether somebody was still waiting for them.
    pub(crate) fn done(&self, answers: Vec<Answer>) -> bool {
        let mut progress = self.lock();
        let wanted = !matches!(*progress, Progress::Gone);
        if wanted {
            *progress = Progress::Done(answers);
            self.changed.notify_all();
        }
        wanted
    }

    fn give_back(&self) {
        self.done(vec![None; self.documents.len()]);
    }

    fn set(&self, to: Progress) {
        *self.lock() = to;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    /// A group of as many documents as its name says.
    fn group(name: usize) -> Vec<Pages> {
        std::iter::repeat_with(Pages::default).take(name).collect()
    }

    fn take(board: &Board, station: usize) -> Arc<Order> {
        match board.take(station, Instant::now() + LONG) {
            Taken::Order(order) => order,
            other => panic!("no order: {other:?}"),
        }
    }

    fn answers(board: &Board, order: &Order) -> Vec<Answer> {
        board.answers(order, LONG, |station| panic!("station {station} is not stuck"))
    }

    fn serving(stations: usize) -> Board {
        let board = Board::new(stations);
        (0..stations).for_each(|station| board.set_serving(station, true));
        board
    }

    #[test]
    fn whoever_has_a_person_waiting_goes_first_but_not_for_ever() {
        let board = serving(1);
        (1..=3).for_each(|name| drop(board.put(group(name), false)));
        (11..=20).for_each(|name| drop(board.put(group(name), true)));
        let taken: Vec<usize> = (0..13).map(|_| take(&board, 0).documents.len()).collect();
        assert_eq!(taken, [11, 12, 13, 14, 1, 15, 16, 17, 18, 2, 19, 20, 3]);
    }

    #[test]
    fn what_waits_comes_back_when_the_last_station_serves_no_more() {
        let board = serving(2);
        let waiting = board.put(group(2), false);
        board.set_serving(0, false);
        assert!(waiting.is_wanted() && board.is_serving());
        board.set_serving(1, false);
        assert!(answers(&board, &waiting).iter().all(Option::is_none));
        let late = board.put(group(3), true);
        assert_eq!(answers(&board, &late).len(), 3, "it comes back at once");
    }

    #[test]
    fn a_station_that_does_not_give_back_is_stuck_and_its_late_answer_is_not_wanted() {
        let board = serving(1);
        let order = board.put(group(1), false);
        let held = take(&board, 0);
        let mut stuck = None;
        let unread = board.answers(&order, Duration::ZERO, |station| stuck = Some(station));
        assert!(unread.iter().all(Option::is_none));
        assert_eq!((stuck, board.is_serving()), (Some(0), false));
        let late = vec![Some(DeviceRead { pages: Vec::new(), station: 0 })];
        assert!(!held.done(late));
    }

    #[test]
    fn whoever_waits_gets_the_answers_and_whoever_comes_to_a_closed_board_nothing() {
        let board = serving(1);
        std::thread::scope(|scope| {
            let station = scope.spawn(|| {
                let order = take(&board, 0);
                let read = DeviceRead { pages: Vec::new(), station: 0 };
                assert!(order.done(vec![Some(read); order.documents.len()]));
            });
            let order = board.put(group(2), false);
            assert!(answers(&board, &order).iter().all(Option::is_some));
            station.join().unwrap();
        });
        assert!(matches!(board.take(0, Instant::now()), Taken::Nothing));
        assert!(board.rest(Instant::now()));
        let waiting = board.put(group(1), false);
        board.close();
        assert!(answers(&board, &waiting).iter().all(Option::is_none));
        assert!(matches!(board.take(0, Instant::now() + LONG), Taken::Closed));
        assert!(!board.rest(Instant::now() + LONG));
    }
}
