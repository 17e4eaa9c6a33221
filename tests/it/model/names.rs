//! Who and what occurs in a sequence: a few identifiers, passwords and client addresses, so that its
//! steps get into each other's way.

use std::net::IpAddr;

use crate::support::crowd;

/// One of the email addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Email(pub(super) u8);

/// One of the usernames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Username(pub(super) u8);

/// One of the phone numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Phone(pub(super) u8);

/// One of the passwords, all of which every contract takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Password(pub(super) u8);

/// A password that somebody shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// That of the account which is meant.
    Right,
    This(Password),
}

/// One of the client addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(pub(super) u8);

/// One of the ways to write an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spelling(pub(super) u8);

/// What an account is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identifier {
    Email(Email),
    Username(Username),
    Phone(Phone),
}

pub(super) const EMAILS: u8 = 3;
pub(super) const USERNAMES: u8 = 2;
pub(super) const PHONES: u8 = 2;
pub(super) const PASSWORDS: u8 = 3;
pub(super) const PLACES: u8 = 3;
pub(super) const SPELLINGS: u8 = 3;

/// What the names of one sequence are. Sequences share a database, but no name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    sequence: u32,
}

impl Names {
    pub(super) const fn of(sequence: u32) -> Self {
        Self { sequence }
    }

    /// An email address as the product has it.
    pub(super) fn email(self, Email(number): Email) -> String {
        format!("mail{number}.{}@xn--bcher-kva.example", self.sequence)
    }

    /// An email address as somebody writes it.
    pub(super) fn spelled_email(self, email: Email, Spelling(spelling): Spelling) -> String {
        match spelling {
            0 => self.email(email),
            1 => self.email(email).to_uppercase().replace("XN--BCHER-KVA", "Bu\u{308}cher"),
            // Without spaces around: a query refuses those, because a plus that nobody has encoded is one.
            _ => self.email(email).replace("xn--bcher-kva", "ｂüｃｈｅｒ"),
        }
    }

    /// A username as the product keeps what was written.
    pub(super) fn username(
        self,
        Username(number): Username,
        Spelling(spelling): Spelling,
    ) -> String {
        let name = format!("name{number}.{:06}", self.sequence);
        if spelling == 1 { name.to_uppercase() } else { name }
    }

    /// A username as somebody writes it.
    pub(super) fn spelled_username(self, username: Username, spelling: Spelling) -> String {
        let name = self.username(username, spelling);
        if spelling.0 == 2 { format!(" {}", name.replace("name", "ｎａｍｅ")) } else { name }
    }

    /// A phone number as the product has it.
    pub(super) fn phone(self, Phone(number): Phone) -> String {
        format!("+86138{:08}", self.sequence * u32::from(PHONES) + u32::from(number))
    }

    /// A phone number as somebody writes it.
    pub(super) fn spelled_phone(self, phone: Phone, Spelling(spelling): Spelling) -> String {
        let number = self.phone(phone);
        match spelling {
            0 => number,
            1 => number.replace("+86", ""),
            _ => number.replace("+86138", "0086-138-"),
        }
    }

    pub(super) fn identifier(self, identifier: Identifier, spelling: Spelling) -> String {
        match identifier {
            Identifier::Email(email) => self.spelled_email(email, spelling),
            Identifier::Username(username) => self.spelled_username(username, spelling),
            Identifier::Phone(phone) => self.spelled_phone(phone, spelling),
        }
    }

    pub(super) const fn password(Password(number): Password) -> &'static str {
        ["k9#Lw2!pQz", "7Zq!vB3@mLr", "Wd5%hN8&xJt"][number as usize]
    }

    /// The name that the owner of an account goes by who is known by this email address.
    pub(super) fn shown_name(Email(number): Email) -> String {
        format!("Owner {number}")
    }

    pub(super) fn address(self, Place(number): Place) -> IpAddr {
        crowd(self.sequence * u32::from(PLACES) + u32::from(number))
    }
}
