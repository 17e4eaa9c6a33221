//! Choices, and names that nobody has yet.

/// A worker's choices (SplitMix64) and names. Two workers never make the same name.
#[derive(Debug)]
pub(crate) struct Random {
    state: u64,
    run: u32,
    worker: u8,
    names: u32,
}

impl Random {
    /// Those of one worker in one run.
    pub(crate) fn new(run: u32, worker: u8) -> Self {
        Self { state: u64::from(run) << 8 | u64::from(worker), run, worker, names: 0 }
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Where to find one of so many.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    /// One or the other.
    pub(crate) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// A new name. With 14 to 16 characters it may be a username of any contract.
    pub(crate) fn name(&mut self) -> String {
        self.names += 1;
        // Of the run a part has to do, or usernames would be too long.
        let run = self.run & 0xff_ffff;
        format!("{run:06x}-{:02x}-{:04x}", self.worker, self.names)
    }

    /// A new email address.
    pub(crate) fn email(&mut self) -> String {
        format!("{}-{:x}@example.com", self.name(), self.run)
    }

    /// A password that every contract takes, and that nobody guesses.
    pub(crate) fn password(&mut self) -> String {
        format!("{:016x}", self.next())
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn names_are_new_and_short_enough() {
        let (mut one, mut other) = (Random::new(7, 0), Random::new(7, 255));
        let names = [one.name(), one.name(), other.name()];
        assert!(names.iter().all(|name| (8..=16).contains(&name.len())), "{names:?}");
        assert!(names[0] != names[1] && names[0] != names[2]);
    }
}
