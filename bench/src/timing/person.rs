//! Those whose password is guessed. Nobody is asked for twice.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::door::Door;

/// What the directory knows of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Nobody has the identifier. All others are compared with these.
    Unknown,
    /// The same once more: nothing may tell them apart.
    UnknownToo,
    /// The same, at a product whose decoy costs nothing: everything must.
    Undefended,
    /// An account, and not its password.
    Wrong,
    /// An account that the operator has banned.
    Banned,
    /// A registration that waits for its link or its code.
    Pending,
    /// An account that was made by an identity alone.
    Passwordless,
    /// An account whose hash is cheaper than today's, as an import brings it.
    Imported,
}

impl State {
    pub(crate) const ALL: [Self; 8] = [
        Self::Unknown,
        Self::UnknownToo,
        Self::Undefended,
        Self::Wrong,
        Self::Banned,
        Self::Pending,
        Self::Passwordless,
        Self::Imported,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "unknown",
            Self::UnknownToo => "control: unknown again",
            Self::Undefended => "control: no decoy",
            Self::Wrong => "wrong password",
            Self::Banned => "banned",
            Self::Pending => "pending",
            Self::Passwordless => "without a password",
            Self::Imported => "imported, cheap hash",
        })
    }
}

/// Somebody with an identifier of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) state: State,
    pub(crate) door: Door,
    number: u32,
}

impl Person {
    pub(crate) fn new(state: State, door: Door) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self { state, door, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number.into()
    }

    /// All of one length, so that they take the same time to read.
    pub(crate) fn identifier(&self) -> String {
        match self.door {
            Door::Phone => format!("+86138{:08}", self.number),
            Door::ApiKey
            | Door::Cookie
            | Door::Users
            | Door::Email
            | Door::Web
            | Door::ClientApp => format!("person.{:08}@example.com", self.number),
        }
    }

    /// Where they are asked for from: an address of this machine's.
    pub(crate) fn address(&self) -> IpAddr {
        IpAddr::from(Ipv4Addr::from_bits(0x7f00_0000 | self.number))
    }
}
