//! What anyone may see of an account.

use axum::extract::{Path, State, rejection::PathRejection};
use serde_json::{Value, json};
use shared::{
    app::App,
    directory::Emoji,
    envelope::Users,
    error::Reason,
    http::{Call, Refusal, Reply},
    identifier::AccountId,
};

/// `GET /users/{id}`: the name, and the newest 100 emoji.
pub(crate) async fn show(
    State(app): State<App>,
    call: Call,
    id: Result<Path<String>, PathRejection>,
) -> Result<Reply, Refusal> {
    let id = id.ok().and_then(|Path(id)| AccountId::parse(&id)).ok_or(Reason::AccountUnknown)?;
    let (account, emoji) = app.directory.profile(id).await?;
    let emoji: Vec<_> = emoji.iter().map(upload).collect();
    let user = json!({ "name": account.shown_name(), "upload_emoji": emoji });
    Ok(Users::user(&call, user))
}

/// An emoji on the wire. `number_of_donwloaded` is how the contract spells it.
fn upload(emoji: &Emoji) -> Value {
    let tags: Vec<_> =
        emoji.tags.iter().map(|tag| json!({ "id": tag.id, "name": tag.name })).collect();
    json!({
        "id": emoji.id,
        "name": emoji.name,
        "description": emoji.description,
        "number_of_donwloaded": emoji.downloads,
        "tag": tags,
    })
}
