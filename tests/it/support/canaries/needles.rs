//! Looking for many values at once, of which more are always learned.
//!
//! Searchers that are made for all of their patterns at once would be made anew at each request. This
//! one looks up where the first bytes of some pattern stand, which is cheap also without optimisation.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::forms::{SHORTEST, forms};

/// How many bytes of a text are looked up.
const START: usize = SHORTEST;
const START_MASK: u64 = (1 << (8 * START)) - 1;

/// The bits of the filter, as a power of two.
const FILTER_BITS: u32 = 22;

/// How many values are kept; the oldest make room. No test sends as many.
const CAPACITY: usize = 50_000;

/// Values in all their forms, each with what `T` says of it.
#[derive(Debug)]
pub(crate) struct Needles<T> {
    known: HashMap<String, T>,
    order: VecDeque<String>,
    by_start: HashMap<u64, Begun>,
    /// Which starts there may be.
    filter: Vec<u64>,
}

/// The forms that begin with the same bytes, by their length, and the values that they are of. Many
/// begin alike: numbers of one country, addresses that a test counts through.
type Begun = BTreeMap<usize, HashMap<String, Vec<String>>>;

/// Where a value was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hit<'a, T> {
    pub(crate) value: &'a str,
    pub(crate) of: &'a T,
}

impl<T> Default for Needles<T> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            order: VecDeque::new(),
            by_start: HashMap::new(),
            filter: vec![0; 1 << (FILTER_BITS - 6)],
        }
    }
}

impl<T> Needles<T> {
    /// What is said of a value, if it is known.
    pub(crate) fn get_mut(&mut self, value: &str) -> Option<&mut T> {
        self.known.get_mut(value)
    }

    /// Learns a value.
    pub(crate) fn add(&mut self, value: &str, of: T) {
        if self.known.insert(value.to_owned(), of).is_some() {
            return;
        }
        self.order.push_back(value.to_owned());
        for form in forms(value) {
            let Some(start) = form.as_bytes().get(..START) else { continue };
            let start = start.iter().fold(0, |start, byte| step(start, *byte));
            let (word, bit) = place(start);
            self.filter[word] |= bit;
            let alike = self.by_start.entry(start).or_default().entry(form.len()).or_default();
            alike.entry(form).or_default().push(value.to_owned());
        }
        if self.order.len() > CAPACITY {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.order.pop_front() else { return };
        self.known.remove(&oldest);
        for form in forms(&oldest) {
            let Some(start) = form.as_bytes().get(..START) else { continue };
            let start = start.iter().fold(0, |start, byte| step(start, *byte));
            let alike = self.by_start.get_mut(&start).and_then(|begun| begun.get_mut(&form.len()));
            if let Some(alike) = alike
                && let Some(values) = alike.get_mut(&form)
            {
                values.retain(|value| *value != oldest);
                if values.is_empty() {
                    alike.remove(&form);
                }
            }
        }
    }

    /// The values that a text holds in any of their forms. One of digits alone is there only where no
    /// more digits or letters stand beside it.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<Hit<'_, T>> {
        let mut hits: Vec<Hit<'_, T>> = Vec::new();
        let (mut start, mut end) = (0, 0);
        while end < text.len() {
            start = step(start, text[end]);
            end += 1;
            let (word, bit) = place(start);
            if end < START || self.filter[word] & bit == 0 {
                continue;
            }
            let begin = end - START;
            for (length, alike) in self.by_start.get(&start).into_iter().flatten() {
                let Some(there) = text.get(begin..begin + length) else { continue };
                let Ok(there) = str::from_utf8(there) else { continue };
                let values = alike.get(&there.to_ascii_lowercase()).into_iter().flatten();
                for value in values.filter(|_| stands_apart(text, begin, begin + length)) {
                    if hits.iter().all(|hit| hit.value != value) {
                        hits.push(Hit { value, of: &self.known[value] });
                    }
                }
            }
        }
        hits
    }
}

const fn step(start: u64, byte: u8) -> u64 {
    ((start << 8) | byte.to_ascii_lowercase() as u64) & START_MASK
}

const fn place(start: u64) -> (usize, u64) {
    let hash = start.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - FILTER_BITS);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

/// Whether a part of a text is no number, or a whole one.
fn stands_apart(text: &[u8], begin: usize, end: usize) -> bool {
    let digits = text.get(begin..end).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let is_apart = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    let before = begin.checked_sub(1).and_then(|before| text.get(before));
    !digits || (is_apart(before) && is_apart(text.get(end)))
}
