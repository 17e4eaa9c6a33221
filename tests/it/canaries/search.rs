//! What is stored and what was sent, as texts to be searched.

use local::Kind;

use super::Place;
use crate::support::TestApp;

/// All items of both tables, and all messages.
pub(super) async fn everything(app: &TestApp) -> Vec<(Place, String)> {
    let mut texts = Vec::new();
    for (place, table) in [(Place::Accounts, "accounts"), (Place::Tokens, "tokens")] {
        let items = app.dump(table).await;
        texts.extend(items.into_iter().map(|item| (place, format!("{item:?}"))));
    }
    for message in app.outbox.messages() {
        let place = match message.kind {
            Kind::Mail => Place::Mail,
            Kind::Sms => Place::Sms,
        };
        texts.push((Place::Recipient, message.to));
        texts.extend(
            [message.subject, Some(message.text), message.html]
                .into_iter()
                .flatten()
                .map(|text| (place, text)),
        );
    }
    texts
}
