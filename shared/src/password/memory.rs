//! The memory that hashes are computed in.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use argon2::{Block, Error};

/// A piece of memory for each hash that is computed at the same time, used again by the next.
///
/// If each hash allocated its own, the allocator would go on holding what it got back, once for every
/// thread that ever computed one: many times what `HASH_CONCURRENCY` promises. Clones share it.
#[derive(Clone)]
pub(super) struct Memory {
    kept: Arc<Mutex<Vec<Piece>>>,
    /// How large those are that are kept: a hash that was made elsewhere may need more, once.
    most_blocks: usize,
}

/// What one hash is computed in. It is as large as the largest that it was lent to, of 1 KiB each.
#[derive(Default)]
pub(super) struct Piece(Vec<Block>);

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory(..)")
    }
}

impl Memory {
    /// Keeps pieces of so many blocks.
    pub(super) fn new(most_blocks: usize) -> Self {
        Self { kept: Arc::default(), most_blocks }
    }

    /// Lends a piece to this work. There are as many as were lent at the same time.
    pub(super) fn lend<T>(&self, work: impl FnOnce(&mut Piece) -> T) -> T {
        let mut piece = self.kept().pop().unwrap_or_default();
        let done = work(&mut piece);
        if piece.0.len() <= self.most_blocks {
            self.kept().push(piece);
        }
        done
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Piece>> {
        // Nothing panics while it is locked; a list of pieces is whole in any case.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Piece {
    /// So many blocks of it. What is in them does not matter: the first pass writes them all.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub(super) fn blocks(&mut self, count: usize) -> Result<&mut [Block], Error> {
        let missing = count.saturating_sub(self.0.len());
        if missing > 0 {
            self.0.try_reserve_exact(missing).map_err(|_| Error::OutOfMemory)?;
            self.0.resize(count, Block::new());
        }
        self.0.get_mut(..count).ok_or(Error::OutOfMemory)
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Memory};

    impl Memory {
        /// How many blocks each kept piece has.
        pub(in crate::password) fn sizes(&self) -> Vec<usize> {
            self.kept().iter().map(|piece| piece.0.len()).collect()
        }
    }

    #[test]
    fn what_was_given_back_is_lent_again() {
        let memory = Memory::new(64);
        for blocks in [64, 8, 32] {
            memory.lend(|piece| assert_eq!(piece.blocks(blocks).unwrap().len(), blocks));
        }
        assert_eq!(memory.sizes(), [64]);
        memory.lend(|_| memory.lend(|other| other.blocks(16).map(|blocks| blocks.len())).unwrap());
        assert_eq!(memory.sizes(), [16, 64]);
        // What is left in it of a hash is nobody's to see.
        assert_eq!(format!("{memory:?}"), "Memory(..)");
    }

    #[test]
    fn more_than_todays_hashes_need_is_not_kept() {
        let memory = Memory::new(64);
        memory.lend(|piece| assert_eq!(piece.blocks(65).unwrap().len(), 65));
        assert!(memory.sizes().is_empty());
    }

    #[test]
    fn what_nobody_has_is_refused() {
        let memory = Memory::new(64);
        let refused = memory.lend(|piece| piece.blocks(usize::MAX / 2048).map(|_| ()));
        assert_eq!(refused, Err(Error::OutOfMemory));
    }
}
