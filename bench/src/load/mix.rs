//! What clients do, and how often.

use crate::{contract::Door, random::Random};

/// Something that a client does with an account.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    SignUp,
    SignUpTaken,
    SignUpRefused,
    SignIn(Door),
    SignInWrong(Door),
    SignInUnknown(Door),
    SignOut(Door),
    SignOutDead(Door),
    Show,
    ShowUnknown,
    ChangeName,
    ChangeNameSignedOut,
    ChangeEmail,
    ChangeEmailTaken,
    ChangePassword,
    ChangePasswordWrong,
    Delete,
    DeleteWrong,
    DeleteUnknown,
    Malformed(Door),
}

/// Out of a hundred or so, so many of each.
const MIX: [(u64, Action); 31] = [
    (8, Action::SignUp),
    (3, Action::SignUpTaken),
    (2, Action::SignUpRefused),
    (9, Action::SignIn(Door::ApiKey)),
    (9, Action::SignIn(Door::Cookie)),
    (8, Action::SignIn(Door::Users)),
    (2, Action::SignInWrong(Door::ApiKey)),
    (2, Action::SignInWrong(Door::Cookie)),
    (2, Action::SignInWrong(Door::Users)),
    (2, Action::SignInUnknown(Door::ApiKey)),
    (2, Action::SignInUnknown(Door::Cookie)),
    (2, Action::SignInUnknown(Door::Users)),
    (4, Action::SignOut(Door::ApiKey)),
    (4, Action::SignOut(Door::Cookie)),
    (3, Action::SignOut(Door::Users)),
    (2, Action::SignOutDead(Door::Cookie)),
    (2, Action::SignOutDead(Door::Users)),
    (10, Action::Show),
    (2, Action::ShowUnknown),
    (4, Action::ChangeName),
    (1, Action::ChangeNameSignedOut),
    (4, Action::ChangeEmail),
    (1, Action::ChangeEmailTaken),
    (4, Action::ChangePassword),
    (1, Action::ChangePasswordWrong),
    (4, Action::Delete),
    (1, Action::DeleteWrong),
    (1, Action::DeleteUnknown),
    (2, Action::Malformed(Door::ApiKey)),
    (2, Action::Malformed(Door::Cookie)),
    (2, Action::Malformed(Door::Users)),
];

/// What to do next.
pub(crate) fn next(random: &mut Random) -> Action {
    let mut left = random.below(MIX.iter().map(|(weight, _)| weight).sum());
    for (weight, action) in MIX {
        match left.checked_sub(weight) {
            Some(rest) => left = rest,
            None => return action,
        }
    }
    Action::Show
}
