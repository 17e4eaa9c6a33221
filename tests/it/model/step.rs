//! The steps that sequences are made of, and how often each is taken.

use proptest::{
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::select,
};

use super::names::{
    EMAILS, Email, Given, Identifier, PASSWORDS, PHONES, PLACES, Password, Phone, Place, SPELLINGS,
    Spelling, USERNAMES, Username,
};

/// One of so many as there are by then, wherever a sequence is cut: of those that live, or of all.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pick {
    Live(u8),
    Any(u8),
}

impl Pick {
    /// One of `all`, or nothing if there is none.
    pub(super) fn of(self, all: &[usize], lives: impl Fn(usize) -> bool) -> Option<usize> {
        // The newest first, so that small numbers are what happened of late.
        let newest_first = all.iter().rev().copied();
        let (number, among): (u8, Vec<usize>) = match self {
            Self::Live(number) => (number, newest_first.filter(|it| lives(*it)).collect()),
            Self::Any(number) => (number, newest_first.collect()),
        };
        let place = usize::from(number).checked_rem(among.len())?;
        among.get(place).copied()
    }
}

/// Where an account is made at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignUpDoor {
    Cookie(Username),
    Users,
    WebApp,
    ClientApp,
}

/// Where an account is signed in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignInDoor {
    ApiKey(Email),
    Cookie(Email),
    CookieByUsername(Username),
    Users(Email),
    ContactByEmail(Email),
    ContactByPhone(Phone),
    WebApp(Email),
    ClientApp(Email),
}

/// What is done with a mailed link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Following {
    Open,
    Press,
    Choose(Password),
    TakeBack,
}

/// Which code is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Newest,
    /// The one before that.
    Older,
    Wrong,
    None,
}

/// What the operator does to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Ban,
    Unban,
    SignOut,
    Delete,
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    SignUp {
        door: SignUpDoor,
        email: Email,
        spelling: Spelling,
        password: Password,
        place: Place,
        /// The credential of the door that comes with the request, if one does.
        presenting: Option<Pick>,
    },
    SignIn {
        door: SignInDoor,
        spelling: Spelling,
        password: Given,
        place: Place,
        presenting: Option<Pick>,
    },
    /// At the contract of the credential, of which `contact` wants an identifier besides.
    SignOut {
        credential: Pick,
        by: Identifier,
        spelling: Spelling,
        place: Place,
    },
    ChangePassword {
        credential: Pick,
        old: Given,
        new: Password,
        place: Place,
    },
    ChangeProfile {
        credential: Pick,
        rename: bool,
        email: Email,
        spelling: Spelling,
        place: Place,
    },
    Delete {
        email: Email,
        spelling: Spelling,
        password: Given,
        place: Place,
        presenting: Option<Pick>,
    },
    AskForLink {
        email: Email,
        spelling: Spelling,
        password: Password,
        place: Place,
    },
    Follow {
        link: Pick,
        following: Following,
        place: Place,
    },
    AskForCode {
        phone: Phone,
        spelling: Spelling,
        place: Place,
    },
    RegisterByPhone {
        phone: Phone,
        spelling: Spelling,
        password: Password,
        shown: Shown,
        place: Place,
    },
    /// To the authorizer.
    Present {
        credential: Pick,
        other: Option<Pick>,
    },
    LookAt {
        account: Pick,
        place: Place,
    },
    Operate {
        account: Pick,
        operation: Operation,
    },
    EnableTenant(bool),
    Wait {
        seconds: i64,
    },
}

impl Step {
    /// The name of its kind.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::SignUp { .. } => "sign up",
            Self::SignIn { .. } => "sign in",
            Self::SignOut { .. } => "sign out",
            Self::ChangePassword { .. } => "change password",
            Self::ChangeProfile { .. } => "change profile",
            Self::Delete { .. } => "delete",
            Self::AskForLink { .. } => "ask for link",
            Self::Follow { .. } => "follow link",
            Self::AskForCode { .. } => "ask for code",
            Self::RegisterByPhone { .. } => "register by phone",
            Self::Present { .. } => "present to authorizer",
            Self::LookAt { .. } => "look at profile",
            Self::Operate { .. } => "operate",
            Self::EnableTenant(_) => "enable or disable tenant",
            Self::Wait { .. } => "wait",
        }
    }
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Spans before and behind which something ends: intervals, codes and windows.
const SHORT: [i64; 8] = [
    MINUTE - 1,
    MINUTE,
    10 * MINUTE - 1,
    10 * MINUTE,
    15 * MINUTE - 1,
    15 * MINUTE,
    HOUR - 1,
    HOUR,
];

/// The same of links, sessions, and addresses that are known.
const LONG: [i64; 8] = [DAY - 1, DAY, 2 * DAY, 7 * DAY, 13 * DAY, 14 * DAY, 30 * DAY, 90 * DAY];

fn email() -> impl Strategy<Value = Email> + Clone {
    // Most of it happens around one address.
    prop_oneof![4 => Just(Email(0)), 2 => (1..EMAILS).prop_map(Email)]
}

/// Mostly one that the account does not have yet.
fn other_email() -> impl Strategy<Value = Email> + Clone {
    prop_oneof![1 => Just(Email(0)), 3 => (1..EMAILS).prop_map(Email)]
}

fn username() -> impl Strategy<Value = Username> + Clone {
    (0..USERNAMES).prop_map(Username)
}

fn phone() -> impl Strategy<Value = Phone> + Clone {
    prop_oneof![3 => Just(Phone(0)), 1 => (1..PHONES).prop_map(Phone)]
}

fn password() -> impl Strategy<Value = Password> + Clone {
    prop_oneof![5 => Just(Password(0)), 2 => (1..PASSWORDS).prop_map(Password)]
}

fn given() -> impl Strategy<Value = Given> + Clone {
    prop_oneof![4 => Just(Given::Right), 1 => password().prop_map(Given::This)]
}

fn place() -> impl Strategy<Value = Place> + Clone {
    prop_oneof![2 => Just(Place(0)), 2 => (1..PLACES).prop_map(Place)]
}

fn spelling() -> impl Strategy<Value = Spelling> + Clone {
    (0..SPELLINGS).prop_map(Spelling)
}

fn pick() -> impl Strategy<Value = Pick> + Clone {
    prop_oneof![3 => (0..3_u8).prop_map(Pick::Live), 2 => (0..16_u8).prop_map(Pick::Any)]
}

fn presenting() -> impl Strategy<Value = Option<Pick>> + Clone {
    prop_oneof![2 => Just(None), 1 => pick().prop_map(Some)]
}

fn sign_up_door() -> impl Strategy<Value = SignUpDoor> {
    use SignUpDoor::{ClientApp, Cookie, Users, WebApp};
    prop_oneof![
        3 => username().prop_map(Cookie),
        2 => Just(Users),
        2 => Just(WebApp),
        1 => Just(ClientApp),
    ]
}

fn sign_in_door() -> impl Strategy<Value = SignInDoor> {
    use SignInDoor::{
        ApiKey, ClientApp, ContactByEmail, ContactByPhone, Cookie, CookieByUsername, Users, WebApp,
    };
    prop_oneof![
        2 => email().prop_map(ApiKey),
        2 => email().prop_map(Cookie),
        2 => username().prop_map(CookieByUsername),
        8 => email().prop_map(Users),
        2 => email().prop_map(ContactByEmail),
        3 => phone().prop_map(ContactByPhone),
        2 => email().prop_map(WebApp),
        2 => email().prop_map(ClientApp),
    ]
}

fn identifier() -> impl Strategy<Value = Identifier> {
    prop_oneof![email().prop_map(Identifier::Email), phone().prop_map(Identifier::Phone)]
}

fn following() -> impl Strategy<Value = Following> {
    prop_oneof![
        3 => Just(Following::Open),
        2 => Just(Following::Press),
        3 => password().prop_map(Following::Choose),
        2 => Just(Following::TakeBack),
    ]
}

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![
        6 => Just(Shown::Newest),
        1 => Just(Shown::Older),
        2 => Just(Shown::Wrong),
        1 => Just(Shown::None),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => Just(Operation::Ban),
        3 => Just(Operation::Unban),
        1 => Just(Operation::SignOut),
        1 => Just(Operation::Delete),
    ]
}

/// The step that a sequence begins with, so that there is somebody.
pub(super) fn first() -> impl Strategy<Value = Step> {
    (sign_up_door(), spelling(), place()).prop_map(|(door, spelling, place)| {
        let (email, password, presenting) = (Email(0), Password(0), None);
        Step::SignUp { door, email, spelling, password, place, presenting }
    })
}

/// Any step, the likelier ones more often.
pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        18 => (sign_up_door(), email(), spelling(), password(), place(), presenting()).prop_map(
            |(door, email, spelling, password, place, presenting)| {
                Step::SignUp { door, email, spelling, password, place, presenting }
            },
        ),
        40 => (sign_in_door(), spelling(), given(), place(), presenting()).prop_map(
            |(door, spelling, password, place, presenting)| {
                Step::SignIn { door, spelling, password, place, presenting }
            },
        ),
        6 => (pick(), identifier(), spelling(), place()).prop_map(
            |(credential, by, spelling, place)| Step::SignOut { credential, by, spelling, place },
        ),
        9 => (pick(), given(), password(), place()).prop_map(
            |(credential, old, new, place)| Step::ChangePassword { credential, old, new, place },
        ),
        9 => (pick(), any::<bool>(), other_email(), spelling(), place()).prop_map(
            |(credential, rename, email, spelling, place)| {
                Step::ChangeProfile { credential, rename, email, spelling, place }
            },
        ),
        4 => (email(), spelling(), given(), place(), presenting()).prop_map(
            |(email, spelling, password, place, presenting)| {
                Step::Delete { email, spelling, password, place, presenting }
            },
        ),
        9 => (email(), spelling(), password(), place()).prop_map(
            |(email, spelling, password, place)| {
                Step::AskForLink { email, spelling, password, place }
            },
        ),
        12 => (pick(), following(), place())
            .prop_map(|(link, following, place)| Step::Follow { link, following, place }),
        5 => (phone(), spelling(), place())
            .prop_map(|(phone, spelling, place)| Step::AskForCode { phone, spelling, place }),
        7 => (phone(), spelling(), password(), shown(), place()).prop_map(
            |(phone, spelling, password, shown, place)| {
                Step::RegisterByPhone { phone, spelling, password, shown, place }
            },
        ),
        10 => (pick(), presenting())
            .prop_map(|(credential, other)| Step::Present { credential, other }),
        2 => (pick(), place()).prop_map(|(account, place)| Step::LookAt { account, place }),
        6 => (pick(), operation())
            .prop_map(|(account, operation)| Step::Operate { account, operation }),
        2 => prop_oneof![1 => Just(false), 2 => Just(true)].prop_map(Step::EnableTenant),
        8 => select(SHORT.as_slice()).prop_map(|seconds| Step::Wait { seconds }),
        3 => select(LONG.as_slice()).prop_map(|seconds| Step::Wait { seconds }),
    ]
}
