//! Importing emoji: a file is checked as a whole before anything of it is written.

use std::{collections::HashMap, fmt, fs};

use anyhow::{Context as _, anyhow, bail, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::{
    app::App,
    directory::{Emoji, Tag},
};

use crate::{Console, Outcome, account::find, cli::Import, connect::explain};

/// How many emoji are written at once: what one `BatchWriteItem` takes.
const BATCH: usize = 25;

/// The greatest item that DynamoDB takes, names of attributes included ([AWS]).
///
/// [AWS]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MAX_ITEM_BYTES: usize = 400 * 1024;

/// Writes the emoji in a file, over those of the account with the same ids.
pub(crate) async fn import(
    import: &Import,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let file = import.file.display();
    let text = fs::read(&import.file).with_context(|| format!("cannot read {file}"))?;
    let emoji = parse(&text).with_context(|| file.to_string())?;
    let account = find(app, import.user.as_deref(), &import.exact).await?;

    let progress = if console.progress && !json {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let progress = ProgressBar::with_draw_target(Some(emoji.len() as u64), progress);
    let mut written = 0;
    for batch in emoji.chunks(BATCH) {
        if let Err(error) = app.directory.write_emoji(account.id, batch).await {
            progress.finish_and_clear();
            let cause = explain(&error, &app.config);
            bail!(
                "read {}, written {written}, then {cause}; running it again is safe",
                emoji.len()
            );
        }
        written += batch.len();
        progress.inc(batch.len() as u64);
    }
    progress.finish_and_clear();
    console.print(&Imported { read: emoji.len(), written }, json)?;
    Ok(Outcome::Done)
}

/// What an import did.
#[derive(Serialize)]
struct Imported {
    read: usize,
    written: usize,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read {}, written {}", self.read, self.written)
    }
}

/// Reads a file of emoji.
///
/// It is read field by field rather than derived, so that the operator learns which field of which
/// emoji is wrong, not only the line on which some emoji ends.
///
/// # Errors
///
/// The first thing that is wrong, by its index in the array and its field.
fn parse(text: &[u8]) -> anyhow::Result<Vec<Emoji>> {
    let value: Value = serde_json::from_slice(text).context("not JSON")?;
    let values = value.as_array().context("not a JSON array")?;
    let mut first_with = HashMap::new();
    let mut read = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let emoji = emoji(value).with_context(|| format!("emoji at index {index}"))?;
        if let Some(first) = first_with.insert(emoji.id, index) {
            bail!("emoji at index {index}: `id` {} is the same as at index {first}", emoji.id);
        }
        read.push(emoji);
    }
    Ok(read)
}

fn emoji(value: &Value) -> anyhow::Result<Emoji> {
    let fields = Fields::of(value, "")?;
    let emoji = Emoji {
        id: fields.required("id", "a positive integer", |id| id.as_u64().filter(|id| *id > 0))?,
        name: fields.required("name", "a string that is not empty", |name| {
            text(name).filter(|name| !name.trim().is_empty())
        })?,
        description: fields.optional("description", "a string", text)?,
        // The contract spells it so.
        downloads: fields.optional(
            "number_of_donwloaded",
            "a non-negative integer",
            Value::as_u64,
        )?,
        tags: fields
            .optional("tag", "an array", |tags| tags.as_array().cloned())?
            .iter()
            .enumerate()
            .map(|(index, value)| tag(value, &format!("tag[{index}]")))
            .collect::<Result<_, _>>()?,
    };
    fits(&emoji)?;
    Ok(emoji)
}

fn tag(value: &Value, place: &str) -> anyhow::Result<Tag> {
    let fields = Fields::of(value, place)?;
    Ok(Tag {
        id: fields.required("id", "a non-negative integer", Value::as_u64)?,
        name: fields.required("name", "a string", text)?,
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The fields of an object, which is at `place` within an emoji.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    place: &'a str,
}

impl<'a> Fields<'a> {
    fn of(value: &'a Value, place: &'a str) -> anyhow::Result<Self> {
        let object = value.as_object().ok_or_else(|| match place {
            "" => anyhow!("not an object"),
            _ => anyhow!("`{place}` must be an object"),
        })?;
        Ok(Self { object, place })
    }

    fn required<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> anyhow::Result<T> {
        self.object.get(name).and_then(read).ok_or_else(|| {
            let dot = if self.place.is_empty() { "" } else { "." };
            anyhow!("`{}{dot}{name}` must be {expected}", self.place)
        })
    }

    fn optional<T: Default>(
        &self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> anyhow::Result<T> {
        if self.object.contains_key(name) {
            self.required(name, expected, read)
        } else {
            Ok(T::default())
        }
    }
}

/// Refuses an emoji that makes too large an item, and names the field that takes the most of it.
fn fits(emoji: &Emoji) -> anyhow::Result<()> {
    /// More than the keys, the numbers and the attributes' names take together.
    const REST: usize = 128;
    /// More than a tag takes besides its name.
    const TAG: usize = 32;
    let fields = [
        ("name", emoji.name.len()),
        ("description", emoji.description.len()),
        ("tag", emoji.tags.iter().map(|tag| TAG + tag.name.len()).sum()),
    ];
    let bytes = REST + fields.iter().map(|(_, bytes)| bytes).sum::<usize>();
    let largest = fields.iter().max_by_key(|(_, bytes)| *bytes).map_or("", |(name, _)| name);
    ensure!(
        bytes <= MAX_ITEM_BYTES,
        "`{largest}` is too large: DynamoDB takes {} KB for a whole item",
        MAX_ITEM_BYTES / 1024
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shared::directory::{Emoji, Tag};

    use super::parse;

    fn refusal(file: &Value) -> String {
        format!("{:#}", parse(file.to_string().as_bytes()).unwrap_err())
    }

    #[test]
    fn what_the_contract_shows_is_read() {
        let file = json!([
            {
                "id": 7, "name": "wave", "description": "hello", "number_of_donwloaded": 12,
                "tag": [{ "id": 0, "name": "greeting", "since": 2019 }], "uploader": "ann",
            },
            { "id": u64::MAX, "name": "👋" },
        ]);
        let tags = vec![Tag { id: 0, name: "greeting".to_owned() }];
        assert_eq!(
            parse(file.to_string().as_bytes()).unwrap(),
            [
                Emoji {
                    id: 7,
                    name: "wave".to_owned(),
                    description: "hello".to_owned(),
                    downloads: 12,
                    tags,
                },
                Emoji {
                    id: u64::MAX,
                    name: "👋".to_owned(),
                    description: String::new(),
                    downloads: 0,
                    tags: Vec::new(),
                },
            ]
        );
        assert!(parse(b"[]").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_array_is_refused() {
        assert_eq!(refusal(&json!({ "id": 1, "name": "wave" })), "not a JSON array");
        let error = parse(b"[{]").unwrap_err();
        assert_eq!(format!("{error:#}"), "not JSON: key must be a string at line 1 column 3");
    }

    #[test]
    fn what_is_wrong_is_named_by_index_and_field() {
        let id = "`id` must be a positive integer";
        let name = "`name` must be a string that is not empty";
        let downloads = "`number_of_donwloaded` must be a non-negative integer";
        for (wrong, expected) in [
            (json!("wave"), "not an object"),
            (json!({ "name": "wave" }), id),
            (json!({ "id": 0, "name": "wave" }), id),
            (json!({ "id": -1, "name": "wave" }), id),
            (json!({ "id": 1.5, "name": "wave" }), id),
            (json!({ "id": "2", "name": "wave" }), id),
            (json!({ "id": 2 }), name),
            (json!({ "id": 2, "name": " " }), name),
            (json!({ "id": 2, "name": 3 }), name),
            (
                json!({ "id": 2, "name": "a", "description": null }),
                "`description` must be a string",
            ),
            (json!({ "id": 2, "name": "a", "number_of_donwloaded": -1 }), downloads),
            (json!({ "id": 2, "name": "a", "number_of_donwloaded": "1" }), downloads),
            (json!({ "id": 2, "name": "a", "tag": {} }), "`tag` must be an array"),
            (json!({ "id": 2, "name": "a", "tag": ["b"] }), "`tag[0]` must be an object"),
            (
                json!({ "id": 2, "name": "a", "tag": [{ "id": 1, "name": "b" }, { "name": "c" }] }),
                "`tag[1].id` must be a non-negative integer",
            ),
            (
                json!({ "id": 2, "name": "a", "tag": [{ "id": 1 }] }),
                "`tag[0].name` must be a string",
            ),
            (json!({ "id": 1, "name": "again" }), "`id` 1 is the same as at index 0"),
        ] {
            let file = json!([{ "id": 1, "name": "wave" }, wrong]);
            assert_eq!(refusal(&file), format!("emoji at index 1: {expected}"), "{wrong}");
        }
    }

    #[test]
    fn an_item_beyond_400_kb_is_refused() {
        let described =
            |bytes: usize| json!([{ "id": 1, "name": "a", "description": "é".repeat(bytes / 2) }]);
        assert!(parse(described(409_000).to_string().as_bytes()).is_ok());
        assert_eq!(
            refusal(&described(409_600)),
            "emoji at index 0: `description` is too large: DynamoDB takes 400 KB for a whole item"
        );
        let tags = vec![json!({ "id": 1, "name": "t" }); 20_000];
        let refusal = refusal(&json!([{ "id": 1, "name": "a", "tag": tags }]));
        assert!(refusal.starts_with("emoji at index 0: `tag` is too large"), "{refusal}");
    }
}
