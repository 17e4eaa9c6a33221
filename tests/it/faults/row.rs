//! What a row of the table can say.

/// A request to an endpoint, and what has to come of it. In its texts, `<word>` stands for what the
/// town calls so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// As the template has it, or the name of a function that has no routes.
    pub(super) endpoint: &'static str,
    /// What tells it from the endpoint's other rows.
    pub(super) case: &'static str,
    /// The path and its query, unless they are the endpoint's own path.
    pub(super) path: &'static str,
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// Cookies, by name and word.
    pub(super) wears: &'static [(&'static str, &'static str)],
    /// JSON, or else a form, or nothing. For a function without routes, what it is handed.
    pub(super) body: &'static str,
    /// The status, and a part of the text, if nothing fails.
    pub(super) answer: (u16, &'static str),
    /// What a client may be told besides that tries again, because the first time it was done after
    /// all.
    pub(super) again: &'static [(u16, &'static str)],
    /// Whether the client wants nothing but to be told no.
    pub(super) refuses: bool,
    /// What holds until it is done.
    pub(super) before: &'static [Fact],
    /// What holds once it is done.
    pub(super) after: &'static [Fact],
    /// Where the credential is that comes with a success: a slot, and the account's identifier.
    pub(super) hands_out: Option<(&'static str, &'static str)>,
    /// Whether a success means that the message was sent.
    pub(super) sends: bool,
    /// Whether it is the provider who is asked besides, over the network.
    pub(super) asks_provider: bool,
    /// Who comes back from the provider, whom a code lets in but once: a client that tries again
    /// begins anew.
    pub(super) visitor: Option<&'static str>,
}

/// Something that can be seen to be so.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fact {
    /// The password signs in to the account with the identifier.
    Opens(&'static str, &'static str),
    /// It does not.
    Shut(&'static str, &'static str),
    /// What the word stands for is a live credential when it is presented in the slot.
    Live(&'static str, &'static str),
    /// It is none.
    Dead(&'static str, &'static str),
    /// What is under the path has this in its text.
    Shows(&'static str, &'static str),
    /// So many items of the table of accounts have keys that begin and end so.
    Items(&'static str, &'static str, usize),
}

/// What most rows have in common.
pub(super) const ROW: Row = Row {
    endpoint: "",
    case: "",
    path: "",
    headers: &[],
    wears: &[],
    body: "",
    answer: (0, ""),
    again: &[],
    refuses: false,
    before: &[],
    after: &[],
    hands_out: None,
    sends: false,
    asks_provider: false,
    visitor: None,
};

impl Row {
    /// A name for the log, and for having it alone.
    pub(super) fn name(&self) -> String {
        format!("{} ({})", self.endpoint, self.case)
    }
}
