//! What a client is told.

use crate::support::Reply;

/// How long a secret of 256 random bits is in base64url. One in 1,500 of them has no digit.
const SECRET_CHARACTERS: usize = 43;

/// A reply, of a contract or of a function that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) text: String,
    pub(super) retry_after: Option<i64>,
    pub(super) location: Option<String>,
    pub(super) cookies: Vec<(String, String)>,
}

impl Said {
    pub(super) fn of(status: u16, text: String) -> Self {
        Self { status, text, retry_after: None, location: None, cookies: Vec::new() }
    }

    /// By a function that fails its invocation instead of answering: the gateway says 500 then, or
    /// Lambda invokes it again.
    pub(super) fn failed() -> Self {
        Self { retry_after: Some(1), ..Self::of(503, "the invocation failed".to_owned()) }
    }

    pub(super) fn reply(reply: &Reply) -> Self {
        Self {
            retry_after: reply.header("retry-after").map(|seconds| seconds.parse().unwrap()),
            location: reply.header("location").map(str::to_owned),
            cookies: reply.cookies(),
            ..Self::of(reply.status.as_u16(), reply.text.clone())
        }
    }

    /// Whether it is this status, with this in its text or its target.
    pub(super) fn is(&self, (status, part): (u16, &str)) -> bool {
        let target = self.location.as_deref().unwrap_or_default();
        self.status == status && (self.text.contains(part) || target.contains(part))
    }

    /// With everything hidden that differs from time to time: ids, tokens, states.
    pub(super) fn shown(&self) -> String {
        let cookies = self.cookies.iter().map(|(name, value)| match value.as_str() {
            "" => format!(" -{name}"),
            _ => format!(" +{name}"),
        });
        let cookies: String = cookies.collect();
        let target = self.location.as_deref().map(hidden).unwrap_or_default();
        format!("{} {}{target}{cookies}", self.status, hidden(&self.text))
    }
}

/// A text with `…` for every word that is as long as a secret, or long and has a digit in it.
fn hidden(text: &str) -> String {
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let is_random =
        |word: &str| word.len() >= SECRET_CHARACTERS || (word.len() > 9 && has_digit(word));
    let mut shown = String::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        shown += if is_random(word) { "…" } else { word };
        let mut characters = after.chars();
        shown.extend(characters.next());
        rest = characters.as_str();
    }
    shown
}

#[test]
fn two_replies_that_differ_in_their_secrets_alone_are_shown_alike() {
    let start = |nonce: &str| {
        let target = format!("https://id.test/authorize?scope=openid&nonce={nonce}");
        Said { location: Some(target), ..Said::of(302, String::new()) }
    };
    let usual = start("kxl51VMKw6R4zAo6I6midLuwKjH5Uyz2M9sI_m3AwfQ");
    let without_digit = start("s-zFWr-DgnUlhUpfJUon_TPcGKfPmUXmdeIZcNAhofU");
    assert_eq!(usual.shown(), without_digit.shown());
    assert!(usual.shown().contains("scope=openid"), "{}", usual.shown());
}
