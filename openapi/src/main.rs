//! Writes the documents to `docs/openapi/`.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi");
    fs::create_dir_all(&folder).context("docs/openapi")?;
    for document in openapi::documents() {
        let file = format!("{}.json", document.name);
        fs::write(folder.join(&file), document.text()).context(file)?;
    }
    Ok(())
}
