//! The faults, and where each can happen.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::support::{Break, Call, Line, Service};

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// An error of the service, which has done nothing.
    Error,
    /// An error of the service, which has done it all the same.
    ErrorAfterEffect,
    Reset,
    LostAnswer,
    CutOff,
    Silence,
    LostInSilence,
    Slow,
    Throttled,
    /// The table takes no more at the moment.
    Exceeded,
    Conflict,
    ConflictByThrottling,
    Unprocessed,
    DeathBefore,
    DeathAfter,
}

/// How much of what the request sends it happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Reach {
    /// One attempt.
    Attempt,
    /// Every attempt at the same, the SDK's and the product's.
    Call,
    /// This and everything after it, until the reply.
    Rest,
}

/// What goes wrong, and with how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    pub(super) reach: Reach,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, reach } = self;
        write!(f, "{kind:?} of {}", format!("{reach:?}").to_lowercase())
    }
}

impl Kind {
    pub(super) const ALL: [Self; 15] = [
        Self::Error,
        Self::ErrorAfterEffect,
        Self::Reset,
        Self::LostAnswer,
        Self::CutOff,
        Self::Silence,
        Self::LostInSilence,
        Self::Slow,
        Self::Throttled,
        Self::Exceeded,
        Self::Conflict,
        Self::ConflictByThrottling,
        Self::Unprocessed,
        Self::DeathBefore,
        Self::DeathAfter,
    ];

    /// What becomes of a call, if this can happen to it.
    fn breaks(self, call: &Call) -> Option<Break> {
        let (service, operation) = (call.service, call.operation.as_str());
        let is_database = service == Service::DynamoDb;
        let failure = match service {
            Service::Secrets => "InternalServiceError",
            Service::Sns => "InternalError",
            Service::Ses => "InternalFailure",
            Service::DynamoDb => "InternalServerError",
        };
        match self {
            Self::Error => Some(Break::Refusal(500, failure, "try again")),
            Self::ErrorAfterEffect => Some(Break::FalseRefusal(500, failure, "try again")),
            Self::Reset => Some(Break::Reset),
            Self::LostAnswer => Some(Break::LostAnswer),
            Self::CutOff => Some(Break::CutOff),
            Self::Silence => Some(Break::Silence),
            Self::LostInSilence => Some(Break::LostInSilence),
            // Less than an attempt may take, and more than ten of them in a row may.
            Self::Slow => Some(Break::Slow(1_500)),
            Self::Throttled => {
                let code = match service {
                    Service::Ses => "Throttling",
                    Service::Sns => "Throttled",
                    Service::DynamoDb | Service::Secrets => "ThrottlingException",
                };
                Some(Break::Refusal(400, code, "rate exceeded"))
            }
            Self::Exceeded if is_database => {
                Some(Break::Refusal(400, "ProvisionedThroughputExceededException", "too much"))
            }
            Self::Conflict => match operation {
                "TransactWriteItems" => Some(Break::Cancelled("TransactionConflict")),
                "UpdateItem" | "PutItem" | "DeleteItem" => {
                    Some(Break::Refusal(400, "TransactionConflictException", "not now"))
                }
                _ => None,
            },
            Self::ConflictByThrottling if operation == "TransactWriteItems" => {
                Some(Break::Cancelled("ThrottlingError"))
            }
            Self::Unprocessed if operation.starts_with("Batch") => Some(Break::Unprocessed),
            Self::Exceeded | Self::ConflictByThrottling | Self::Unprocessed => None,
            Self::DeathBefore => Some(Break::Death { done: false }),
            Self::DeathAfter => Some(Break::Death { done: true }),
        }
    }

    const fn is_death(self) -> bool {
        matches!(self, Self::DeathBefore | Self::DeathAfter)
    }

    /// Whether the service says that it has done nothing, and may do it if it is asked again at once.
    const fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Error
                | Self::Reset
                | Self::Throttled
                | Self::Exceeded
                | Self::Conflict
                | Self::ConflictByThrottling
                | Self::Unprocessed
        )
    }

    /// Whether the service may have done what it does not say that it did.
    pub(super) const fn hides_an_effect(self) -> bool {
        matches!(
            self,
            Self::ErrorAfterEffect | Self::LostAnswer | Self::CutOff | Self::LostInSilence
        )
    }
}

impl Fault {
    /// Whether the product has to make it good by itself, so that no client notices. It never sends
    /// a message twice.
    pub(super) fn is_made_good(self, call: &Call) -> bool {
        let is_message = call.service == Service::Sns;
        self.reach == Reach::Attempt && self.kind.is_passing() && !is_message
    }

    /// Every fault that can happen to a call.
    pub(super) fn of(call: &Call) -> Vec<Self> {
        let reaches = |kind: Kind| match kind {
            kind if kind.is_death() => &[Reach::Attempt][..],
            _ => &[Reach::Attempt, Reach::Call, Reach::Rest][..],
        };
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.breaks(call).is_some());
        kinds
            .flat_map(|kind| reaches(kind).iter().map(move |reach| Self { kind, reach: *reach }))
            .collect()
    }

    /// Has it happen to the call of this number, counted from 0. Answers with what tells whether it
    /// has happened.
    pub(super) fn strike(self, line: &Line, number: usize) -> Arc<AtomicBool> {
        let Self { kind, reach } = self;
        let happened = Arc::<AtomicBool>::default();
        let happens = Arc::clone(&happened);
        let (mut seen, mut struck) = (Vec::<Call>::new(), None::<Call>);
        line.judge(move |call| {
            let is_new = seen.iter().all(|seen| seen.invocation != call.invocation);
            if is_new {
                seen.push(call.clone());
            }
            match &struck {
                None if is_new && seen.len() == number + 1 => {
                    struck = Some(call.clone());
                    happens.store(true, Ordering::Relaxed);
                    kind.breaks(call)
                }
                None => None,
                Some(first) => match reach {
                    Reach::Attempt => None,
                    Reach::Call if first.asks_for_the_same(call) => kind.breaks(call),
                    Reach::Call => None,
                    // What a kind cannot do to a call, it is spared.
                    Reach::Rest => kind.breaks(call),
                },
            }
        });
        happened
    }
}
