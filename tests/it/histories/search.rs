//! Whether a history can be told one event after the other, as Wing and Gong search for it ([1993]):
//! of the events that no other one was over before, any may have been the first.
//!
//! [1993]: https://doi.org/10.1006/jpdc.1993.1015

use std::collections::HashSet;

use super::life::{Event, Life};

/// An event, and when it began and was over, in the order of all beginnings and ends.
#[derive(Clone, Debug)]
pub(super) struct Happened {
    pub(super) event: Event,
    pub(super) began: u64,
    pub(super) over: u64,
    /// The event of the same request that comes before it.
    pub(super) follows: Option<usize>,
}

/// At most so many events are searched, each of which has a bit.
const MOST: usize = 128;

/// Whether there is an order in which all of these can have happened, each of them between its
/// beginning and its end.
pub(super) fn is_linearizable(history: &[Happened]) -> bool {
    assert!(history.len() <= MOST);
    let mut seen = HashSet::new();
    let mut open = vec![(0_u128, Life::default())];
    while let Some((told, life)) = open.pop() {
        if told.count_ones() as usize == history.len() {
            return true;
        }
        let is_told = |number: usize| told & (1 << number) != 0;
        let left = || (0..history.len()).filter(|number| !is_told(*number));
        let first_over = left().map(|number| history[number].over).min();
        for number in left() {
            let Happened { event, began, follows, .. } = &history[number];
            if first_over.is_some_and(|over| *began > over) || !follows.is_none_or(is_told) {
                continue;
            }
            let Some(after) = life.after(event) else { continue };
            let next = (told | 1 << number, after);
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Happened, is_linearizable};
    use crate::histories::life::{Changed, Event, SignedIn};

    fn happened(event: Event, began: u64, over: u64) -> Happened {
        Happened { event, began, over, follows: None }
    }

    fn sign_up(made: Option<u64>) -> Event {
        Event::SignUp { password: 0, made }
    }

    #[test]
    fn two_accounts_for_one_address_are_found_out() {
        let one = happened(sign_up(Some(1)), 0, 3);
        let refused = happened(sign_up(None), 1, 2);
        assert!(is_linearizable(&[one.clone(), refused]));
        let other = happened(sign_up(Some(2)), 1, 2);
        assert!(!is_linearizable(&[one, other]));
    }

    #[test]
    fn what_was_over_before_comes_before() {
        let made = happened(sign_up(Some(1)), 2, 3);
        let refused = |over| {
            let outcome = SignedIn::Refused;
            happened(Event::SignIn { password: 0, outcome }, 0, over)
        };
        assert!(is_linearizable(&[made.clone(), refused(1)]));
        let late = Happened { began: 4, ..refused(5) };
        assert!(!is_linearizable(&[made, late]));
    }

    #[test]
    fn an_old_session_that_outlives_a_change_of_the_password_is_found_out() {
        let signed_in = |session, at| {
            let outcome = SignedIn::Done { account: 1, session };
            happened(Event::SignIn { password: 0, outcome }, at, at + 1)
        };
        let change = Event::ChangePassword { session: 1, old: 0, new: 1, outcome: Changed::Done };
        let uses = |session, live| happened(Event::Use { session, live }, 8, 9);
        let history = |last| {
            let change = happened(change.clone(), 6, 7);
            [happened(sign_up(Some(1)), 0, 1), signed_in(1, 2), signed_in(2, 4), change, last]
        };
        assert!(is_linearizable(&history(uses(2, false))));
        assert!(!is_linearizable(&history(uses(2, true))));
        assert!(is_linearizable(&history(uses(1, true))));
        assert!(!is_linearizable(&history(uses(1, false))));
    }
}
